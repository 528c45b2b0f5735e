// Draw two digits, and ask the networks that the reader has trained, those of the ladder, and the record's.
import { Crew } from "./crew.js";
import { Field } from "./field.js";
import { fresh, ask } from "./training.js";
import { node } from "./panel.js";
import { draw, halves, PIXELS } from "./data.js";

const RECORD = "the record's network";

// The ten outputs of a branch, as bars. What they say stands in words beside them.
function outputs(shares, side) {
  const bars = shares.map((share, digit) => {
    const bar = node("i");
    bar.style.height = `${Math.round(100 * share)}%`;
    return node("span", {}, node("b", {}, bar), String(digit));
  });
  const shown = node("div", { className: "lab-outputs" }, ...bars);
  shown.setAttribute("role", "img");
  shown.setAttribute("aria-label", `What the network gives each digit for the ${side} image: ${shares.map((share, digit) => `${digit}: ${Math.round(100 * share)} %`).join(", ")}`);
  return shown;
}

// A share in words, and as a bar with a line at one half.
const certainty = (yes) => {
  const bar = node("i");
  bar.style.width = `${Math.round(100 * yes)}%`;
  return node("td", {}, `${Math.round(100 * yes)}\u00a0%`, node("span", { className: "lab-share" }, bar));
};

export class DrawTwoDigits {
  // ``bench`` has trained networks: bench.trained() → [{name, recipe, number, saved}].
  constructor(bench) {
    this.bench = bench;
    this.made = new WeakMap(); // from the weights that training gave to the network that has them
    this.fields = ["First digit", "Second digit"].map((name) => new Field(name, () => this.answer()));
    for (const field of this.fields) Object.assign(field, { round: () => this.round(), failed: (error) => this.tell(error.message) });
    this.answers = node("div", { className: "lab-answers" });
    this.answers.setAttribute("aria-live", "polite");
    this.rungs = [];
    const button = (text, act) => node("button", { type: "button", textContent: text, onclick: act });
    this.loads = button(`Ask ${RECORD}, too (150 kB)`, () => this.loadRecord());
    this.climbs = button("Train the ladder, one round of each rung", () => this.climb());
    this.climbing = node("p");
    this.climbing.setAttribute("role", "status");
    const words = "Draw a digit in each field, or choose two test digits. Every network that you have trained above says how sure it is that the first is at most the second, and what it says when the two are swapped. Two buttons add networks of the book: the ladder, whose rungs lead from a plain network to one with a built-in ≤, each with one technique more than the one before; and the record's network, which comes trained.";
    this.element = node("section", { className: "lab-draw" }, node("h2", { textContent: "Draw two digits" }), node("p", { textContent: words }), node("div", { className: "lab-fields" }, ...this.fields.map(({ element }) => element)), node("div", { className: "lab-controls" }, this.climbs, this.loads), this.climbing, this.answers);
    this.answer();
  }

  async round() {
    const { digits } = await this.bench.ready();
    return (this.first ??= draw(digits, 0));
  }

  // The network of the last rung of the ladder, with the weights that came with the book.
  async loadRecord() {
    this.loads.disabled = true;
    this.tell(`Loading ${RECORD} …`);
    try {
      const { compiled } = await this.bench.ready();
      const recipe = this.bench.experiment.record;
      const network = fresh(recipe, 0, compiled);
      network.loadTorch(halves(await this.bench.parts.record()));
      this.record = { name: RECORD, recipe, number: 0, saved: network.save() };
      await this.answer();
    } catch (error) {
      this.loads.disabled = false;
      this.tell(error.message);
    }
  }

  // Round 0 of each rung of the ladder, trained here; each answers as soon as it has finished.
  async climb() {
    this.climbs.disabled = true;
    const { ladder, presets } = this.bench.experiment;
    const told = (text) => (this.climbing.textContent = text);
    told("Loading the digits …");
    try {
      const crew = new Crew(this.bench.parts.source, await this.bench.ready());
      told("Training the ladder …");
      await crew.play(ladder.map((system) => ({ system, number: 0, recipe: presets[system] })), (message) => this.climbed(message, told));
      crew.stop();
    } catch (error) {
      told(error.message);
    }
    this.climbs.disabled = this.rungs.length === ladder.length;
  }

  climbed({ system: name, recipe, number, saved, problem }, told) {
    if (problem) told(`${name}: ${problem}`);
    if (!saved) return;
    const { ladder } = this.bench.experiment;
    this.rungs = [...this.rungs.filter((rung) => rung.name !== name), { name, recipe, number, saved }];
    this.rungs.sort((one, other) => ladder.indexOf(one.name) - ladder.indexOf(other.name));
    told(`Trained ${this.rungs.length} of the ${ladder.length} rungs, the last to finish ${name}.`);
    this.answer();
  }

  tell(text) {
    this.answers.replaceChildren(node("p", { textContent: text }));
  }

  async answer() {
    const grey = this.fields.map((field) => field.grey);
    this.fields.forEach((field, i) => field.show(field.seen.getContext("2d"), grey[i], 1));
    const networks = [...this.bench.trained(), ...this.rungs, this.record].filter(Boolean);
    if (!networks.length) return this.tell(`No network yet: run a round above, train the ladder, or ask ${RECORD}.`);
    if (grey.some((image) => image.every((value) => !value))) return this.tell("Waiting for two digits.");
    const { digits, compiled } = await this.bench.ready();
    const head = ["network", "first ≤ second", "swapped"].map((text) => node("th", { scope: "col", textContent: text }));
    const rows = networks.map((network) => this.line(network, grey, digits, compiled));
    this.answers.replaceChildren(node("table", {}, node("thead", {}, node("tr", {}, ...head)), node("tbody", {}, ...rows)));
  }

  // A trained network and the scale of its round's pixels, made once: drawing asks for them after every stroke.
  standing({ recipe, number, saved }, digits, compiled) {
    if (!this.made.has(saved)) {
      const network = fresh(recipe, number, compiled);
      network.load(saved);
      const { mean, deviation } = draw(digits, number, recipe.protocol.train, recipe.protocol.test);
      this.made.set(saved, { network, mean, deviation });
    }
    return this.made.get(saved);
  }

  // A row of the table: what one network says of the pair, and of the pair swapped.
  line(trained, grey, digits, compiled) {
    const { name, number } = trained;
    const { network, mean, deviation } = this.standing(trained, digits, compiled);
    const [one, other] = [grey, [...grey].reverse()].map((images) => {
      const both = new Float32Array(2 * PIXELS);
      images.forEach((image, side) => image.forEach((value, i) => (both[side * PIXELS + i] = (value - mean) / deviation)));
      return ask(network, both);
    });
    const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
    const largest = (one.digits ?? []).map((shares) => `${shares.indexOf(Math.max(...shares))} (${percent(Math.max(...shares))})`).join(" and ");
    const asked = trained.recipe.loss.auxiliary; // without a digit loss, the place of an output need not be its digit
    const read = !largest ? "" : asked ? `It reads ${largest}.` : `Its largest outputs are those numbered ${largest}; no loss asked them to be digits.`;
    const both = [one, other].map(({ yes }) => yes < 0.5).join();
    const contradicts = {
      "true,true": "✗ It says no both times, and contradicts itself: one of the two must be true.",
      "false,false": "It says yes both times, which is right only if the two digits are equal.",
    }[both] ?? "";
    const words = [read, contradicts].filter(Boolean).map((textContent) => node("p", { textContent }));
    const bars = (one.digits ?? []).map((shares, side) => outputs(shares, ["first", "second"][side]));
    const head = node("th", { scope: "row" }, `${name}, round ${number}`, ...words, ...bars);
    return node("tr", {}, head, certainty(one.yes), certainty(other.yes));
  }
}
