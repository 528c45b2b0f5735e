// A panel in a chapter: the chapter's experiment, trained in the reader's own page.
import { Crew } from "./crew.js";
import { unpacked } from "./data.js";
import { curves, dots, gaps } from "./plots.js";
import { interval, paired, told } from "./statistics.js";

const COUNT = 5000; // digits of the sample
const TEN = 10;
const ENOUGH = 3; // rounds for an interval of a difference
export const LAST = 9999; // the number of the last round that can be asked for
const FIRST = "The number of the round to run, or of the first of ten. It stands for the pairs and the first weights of that round.";

// An element with its properties and children.
export function node(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// ``element`` holds its experiment as JSON (lib.page.lab writes it): {id, choices, variants, quantiles}. ``parts`` are
// what the build packs: {source, compiled(), digits()}.
export class Panel {
  constructor(element, parts) {
    Object.assign(this, { element, parts, rows: [], curves: {}, networks: {} });
    this.experiment = { choices: [], ...JSON.parse(element.querySelector("script").textContent) };
    this.chosen = this.experiment.choices.map(() => 0);
    this.seed = 0;
    this.readAddress();
    this.build();
    this.show();
    addEventListener("hashchange", () => this.inAddress() && location.reload()); // another link, opened in the same tab
  }

  get variant() {
    const { choices, variants } = this.experiment;
    return variants[choices.reduce((place, { values }, i) => place * values.length + this.chosen[i], 0)];
  }

  get names() {
    return Object.keys(this.variant.systems);
  }

  // --- the page ---

  build() {
    const button = (text, act) => node("button", { type: "button", textContent: text, onclick: act });
    this.buttons = {
      one: button("Run one round", () => this.run(1)),
      ten: button("Run ten rounds", () => this.run(TEN)),
      stop: button("Stop", () => this.stop()),
      again: button("Clear", () => this.clear()),
      copy: button("Copy as notebook cell", () => this.copy()),
    };
    this.seedField = node("input", { type: "number", min: 0, max: LAST, value: this.seed, title: FIRST, onchange: () => this.reseed() });
    this.selects = this.experiment.choices.map(({ name, values }, i) => {
      const options = values.map((word, k) => node("option", { value: k, textContent: word, selected: k === this.chosen[i] }));
      return node("label", {}, `${name} `, node("select", { onchange: (event) => this.choose(i, Number(event.target.value)) }, ...options));
    });
    this.status = node("p", { className: "lab-status" });
    this.status.setAttribute("role", "status");
    [this.plot, this.gaps, this.difference, this.curve] = ["lab-plot", "lab-paired", "lab-difference", "lab-curve"].map((className) => node("div", { className }));
    this.table = node("tbody");
    const head = node("thead", {}, node("tr", {}, ...["system", "rounds", "mean (%)", "interval"].map((text) => node("th", { scope: "col", textContent: text }))));
    const seed = node("label", {}, "first round (a number) ", this.seedField);
    this.result = node("div", { className: "lab-result" },
      node("div", { className: "lab-controls" }, ...this.selects, seed),
      node("div", { className: "lab-controls" }, ...Object.values(this.buttons)),
      this.status, this.plot, this.gaps, this.difference, this.curve,
      node("details", {}, node("summary", { textContent: "The numbers" }), node("table", {}, head, this.table)),
    );
    this.element.append(this.result);
  }

  show() {
    const accuracies = (name) => this.rows.filter((row) => row.system === name && row.status === "done").map((row) => 100 * row.accuracy);
    const { quantiles } = this.experiment;
    const book = this.variant.book ?? {};
    const systems = this.names.map((name) => {
      const rows = accuracies(name);
      return { name, rows, book: book[name] ?? [], mean: rows.length ? interval(rows, quantiles) : { mean: NaN, low: NaN, high: NaN, n: 0 } };
    });
    this.plot.replaceChildren(dots(systems));
    this.table.replaceChildren(...systems.map(({ name, mean }) => this.line(name, mean)));
    const ready = this.compared().filter(({ mean }) => mean.n >= ENOUGH);
    this.gaps.replaceChildren(...(ready.length ? [gaps(ready)] : []));
    this.difference.replaceChildren(...this.differences().map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    this.curve.replaceChildren(...[this.lastCurves()].filter(Boolean));
    for (const name of ["one", "ten", "again"]) this.buttons[name].disabled = Boolean(this.running);
    this.buttons.stop.disabled = !this.running;
  }

  line(name, { mean, low, high, n }) {
    const row = document.createElement("tr");
    const range = n > 1 ? `${low.toFixed(1)} to ${high.toFixed(1)}` : "–";
    const lost = this.rows.filter((one) => one.system === name && one.status === "diverged").length;
    const rounds = lost ? `${n} (${lost} more diverged)` : String(n);
    const cells = [name, rounds, n ? mean.toFixed(1) : "–", range].map((text, i) => {
      const cell = document.createElement(i ? "td" : "th");
      if (!i) cell.scope = "row";
      cell.textContent = text;
      return cell;
    });
    row.append(...cells);
    return row;
  }

  // Each system against the first: the name of the difference, its ``mean`` (see paired), and how many rounds are lost.
  compared() {
    const [first, ...others] = this.names;
    return others.map((name) => ({
      name: `${this.brief(name)} − ${this.brief(first)}`,
      mean: paired(this.rows, name, first, this.experiment.quantiles),
      lost: this.lost(first, name),
    }));
  }

  // The same in words. Fewer than ten rounds say that they are few.
  differences() {
    return this.compared().map(({ name: difference, mean: effect, lost }) => {
      const left = lost ? ` Rounds in which one of the two diverged do not count: ${lost}.` : "";
      if (effect.n < ENOUGH) return `The difference ${difference} appears here when both have finished three rounds. So far: ${effect.n}.${left}`;
      const beginning = `${difference}: ${told(effect)} in ${effect.n} rounds.${left}`;
      if (effect.n < TEN) return `${beginning} These are ${effect.n} rounds: too few to conclude from.${effect.n + lost < TEN ? " Run ten." : ""}`;
      const holdsZero = effect.low <= 0 && effect.high >= 0;
      return `${beginning} The interval ${holdsZero ? "holds zero: these rounds cannot tell the two apart" : "misses zero"}.`;
    });
  }

  // How many rounds a paired difference leaves out.
  lost(...systems) {
    return new Set(this.rows.filter((row) => row.status === "diverged" && systems.includes(row.system)).map((row) => row.round)).size;
  }

  // What a system is called where two stand in one sentence.
  brief(name) {
    return name;
  }

  // Where a copied cell can run.
  get notebook() {
    return "this chapter's notebook";
  }

  say(text) {
    this.status.textContent = text;
  }

  // --- what a reader does ---

  // The digits and the compiled kernels, loaded once for all panels of a page.
  async ready() {
    this.parts.ready ??= loaded(this.parts).catch((error) => {
      this.parts.ready = null; // the next press tries again
      throw error;
    });
    return this.parts.ready;
  }

  // The networks that were trained last, one for each system.
  trained() {
    return this.names.filter((name) => this.networks[name]).map((name) => ({ name, ...this.networks[name] }));
  }

  async run(count) {
    const run = (this.running = {}); // from now on until this one has ended, or is stopped
    const leaving = (event) => event.preventDefault(); // the browser asks before it closes the tab
    addEventListener("beforeunload", leaving);
    this.show();
    this.say("Loading the digits …");
    try {
      await this.ready();
      if (this.running === run) await this.play(this.tasks(count));
    } catch (error) {
      this.say(error.message);
    }
    removeEventListener("beforeunload", leaving);
    if (this.running !== run) return;
    this.crew?.stop(); // its workers would stay as long as the page
    this.running = null;
    this.show();
    this.drawing?.answer();
  }

  // What is to be trained for ``count`` more rounds, without what is there.
  tasks(count) {
    const done = this.rows.map((row) => `${row.system} ${row.round}`);
    const start = count === 1 ? this.next() : this.seed;
    const tasks = Array.from({ length: count }, (_, k) => start + k).flatMap((number) =>
      this.names.map((system) => ({ system, number, recipe: this.variant.systems[system], watched: number === start + count - 1 })),
    );
    return tasks.filter(({ system, number }) => !done.includes(`${system} ${number}`));
  }

  // The first round, from the seed on, that some system has not played.
  next() {
    const played = (number) => this.names.every((system) => this.rows.some((row) => row.system === system && row.round === number));
    let number = this.seed;
    while (played(number)) number++;
    return number;
  }

  async play(tasks) {
    if (!tasks.length) return this.say("These rounds are there already. Choose another first round, or clear them.");
    const { compiled } = await this.ready();
    this.crew = new Crew(this.parts.source, await this.ready());
    const how = () => (compiled ? "" : ", without WebAssembly, so it takes ten times as long") + (this.crew.alone ? ", one round at a time, because this page may have no workers" : "");
    this.say(`Training${how()} …`);
    let finished = 0;
    const problems = new Map(); // the last of each system; it stays to be read
    const told = () => [...problems].map(([system, text]) => `${system}: ${text}`).join(" ");
    await this.crew.play(tasks, (message) => {
      if (message.problem) problems.set(message.system, message.problem);
      if (message.problem && !message.row) this.say(told());
      if (!message.row) return;
      this.rows.push({ ...message.row, system: message.system });
      if (message.saved) this.networks[message.system] = message; // with its recipe and the number of its round
      (this.curves[message.number] ??= {})[message.system] = message.curve;
      finished++;
      this.say(`Round ${message.number}: ${this.results(message.number)}. ${finished} of ${tasks.length} networks trained${how()}. ${told()}`);
      this.show();
    });
  }

  // What a round has given so far, in the order of the systems: "A 76.1 %, B 77.6 %".
  results(number) {
    const found = this.names.map((name) => [name, this.rows.find(({ round, system }) => round === number && system === name)]);
    return found.filter(([, row]) => row).map(([name, { status, accuracy }]) => `${this.brief(name)} ${status === "done" ? `${(100 * accuracy).toFixed(1)} %` : "diverged"}`).join(", ");
  }

  // The learning curves of the last round that was watched, and that all systems have finished.
  lastCurves() {
    const all = Object.entries(this.curves).filter(([, bySystem]) => this.names.every((name) => bySystem[name]?.length > 1));
    const [number, bySystem] = all.at(-1) ?? [];
    if (!bySystem) return null;
    const inOrder = this.names.map((name) => [this.brief(name), bySystem[name]]); // not in that in which they finished
    return curves(Object.fromEntries(inOrder), `epoch of round ${number}`);
  }

  stop() {
    if (!this.running) return;
    this.crew?.stop();
    this.running = null;
    this.say("Stopped. What is finished is kept.");
    this.show();
  }

  clear() {
    [this.rows, this.curves, this.networks] = [[], {}, {}];
    this.say("");
    this.show();
  }

  choose(i, place) {
    this.stop();
    this.chosen[i] = place;
    this.clear();
    this.writeAddress();
  }

  reseed() {
    this.seed = Math.min(LAST, Math.max(0, Math.floor(Number(this.seedField.value)) || 0));
    this.seedField.value = this.seed;
    this.writeAddress();
  }

  async copy() {
    const rounds = this.seed ? `range(${this.seed}, ${this.seed + TEN})` : String(TEN);
    const cell = `${this.variant.code}\ntable = experiment.run(systems, rounds=${rounds})\nfigures.rounds(table, "As in the page.")`;
    try {
      await navigator.clipboard.writeText(cell);
      this.say(`Copied: paste it into a new cell of ${this.notebook}.`);
    } catch {
      this.status.replaceChildren("This page may not copy. Here is the cell:", Object.assign(document.createElement("pre"), { textContent: cell }));
    }
  }

  // --- the address: #lab-ID=seed,choice,choice ---

  inAddress() {
    return location.hash.match(new RegExp(`^#lab-${this.experiment.id}=([0-9,]+)$`))?.[1];
  }

  readAddress() {
    const found = this.inAddress();
    if (!found) return;
    const [seed, ...chosen] = found.split(",").map(Number);
    this.seed = Math.min(LAST, seed);
    this.chosen = this.chosen.map((first, i) => (chosen[i] < this.experiment.choices[i].values.length ? chosen[i] : first));
    addEventListener("load", () => this.element.scrollIntoView());
  }

  writeAddress() {
    history.replaceState(null, "", `#lab-${this.experiment.id}=${[this.seed, ...this.chosen].join(",")}`);
  }
}

// A browser may lack WebAssembly, its SIMD, or the instruction that multiplies and adds at once.
const usable = (code) => globalThis.WebAssembly?.validate(code);

// The digits and the fastest compiled kernels that the browser can use, if any.
async function loaded(parts) {
  const digits = unpacked(await parts.digits(), COUNT);
  return { digits, compiled: parts.compiled().find(usable) ?? null };
}
