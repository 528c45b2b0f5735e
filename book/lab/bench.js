// The lab page: two recipes side by side, each with all switches, and below them what a panel has.
import { Crew } from "./crew.js";
import { diagram } from "./diagram.js";
import { DrawTwoDigits } from "./drawing.js";
import { LAST, node, Panel } from "./panel.js";
import { check } from "./recipe.js";
import { admitted, python, SWITCHES } from "./switches.js";
import { fresh } from "./training.js";

const PRESET = "start from";
const WIDE = matchMedia("(min-width: 78rem)"); // as in course.css: the result stands beside the switches
const IMPORTS = ["extras", "heads", "layers", "models", "recipes"].map((module) => `from lib.${module} import *`).join("\n");

export class Bench extends Panel {
  // Two sides, A and B. ``settings`` is what the address says: for each side a preset and what was changed in it.
  build() {
    const presets = Object.keys(this.experiment.presets);
    this.sides ??= [{ preset: presets[0], changes: {} }, { preset: presets[1], changes: {} }];
    this.benches = this.sides.map(() => node("div", { className: "lab-side" }));
    this.sides.forEach((_, i) => this.showSide(i));
    super.build();
    this.element.append(this.both());
    if (!this.locked) this.element.append(this.assignment());
    if (this.misread) this.say("Not all of this page's address could be understood: look at the switches before you run.");
    this.drawing = new DrawTwoDigits(this);
    this.element.append(this.drawing.element);
  }

  // The switches and the result: in this order where they stand side by side, and elsewhere with the result and its
  // buttons first. What comes first is first in the page, too, so that the keyboard goes as the eye does.
  both() {
    const sides = node("div", { className: "lab-sides" }, ...this.benches);
    const made = node("div", { className: "lab-both" });
    const place = () => made.append(...(WIDE.matches ? [sides, this.result] : [this.result, sides]));
    WIDE.addEventListener("change", place);
    place();
    return made;
  }

  recipe({ preset, changes }) {
    const start = this.start(preset);
    return SWITCHES.reduce((recipe, { name, read, write }) => (name in changes && read(recipe) !== null ? write(recipe, changes[name]) : recipe), start);
  }

  start(preset) {
    return this.experiment.presets[preset];
  }

  brief(name) {
    return name[0]; // A or B
  }

  get notebook() {
    return "any chapter's notebook, whose first cell brings what this cell needs";
  }

  get variant() {
    const [a, b] = this.sides.map((side) => this.recipe(side));
    const systems = { [this.title(0)]: a, [this.title(1)]: b };
    const lines = Object.entries(systems).map(([name, recipe]) => `    ${JSON.stringify(name)}: ${python(recipe)}`);
    return { systems, code: `from lib import experiment, figures\n${IMPORTS}\n\nsystems = {\n${lines.join(",\n")},\n}` };
  }

  title(i) {
    const { preset, changes } = this.sides[i];
    const count = Object.keys(changes).length;
    return `${"AB"[i]}: ${preset}${count ? `, ${count} change${count > 1 ? "s" : ""}` : ""}`;
  }

  showSide(i) {
    const side = this.sides[i];
    const preset = node("select", { onchange: (event) => this.change(i, { preset: event.target.value, changes: {} }) },
      ...Object.keys(this.experiment.presets).map((name) => node("option", { value: name, textContent: name, selected: name === side.preset })));
    const recipe = this.recipe(side);
    const free = SWITCHES.filter(({ name, read }) => read(recipe) !== null && !this.locked?.includes(name));
    const heading = node("h2", { textContent: `Network ${"AB"[i]}` });
    const open = this.benches[i].querySelector("details")?.open ?? WIDE.matches; // as it was
    const start = this.locked?.includes(PRESET) ? node("p", { textContent: side.preset }) : node("label", {}, `${PRESET} `, preset);
    this.benches[i].replaceChildren(heading, start, ...free.map((one) => this.field(i, one, recipe)), this.told(recipe, open));
  }

  field(i, { name, choices, number, read }, recipe) {
    const value = read(recipe);
    const begins = read(this.start(this.sides[i].preset));
    const set = (event) => this.change(i, this.changed(this.sides[i], name, admitted({ choices, number }, event.target.value, begins)), name);
    if (number) return node("label", {}, `${name} `, node("input", { type: "number", ...number, value, onchange: set }));
    const all = [...new Set([begins, value].filter((word) => word !== null && !choices.includes(word))), ...choices];
    return node("label", {}, `${name} `, node("select", { onchange: set }, ...all.map((word) => node("option", { value: word, textContent: word, selected: word === value }))));
  }

  // A side with one switch set. What is as the preset has it, or was no value, is no change.
  changed({ preset, changes }, name, value) {
    const { [name]: _, ...others } = changes;
    const begins = SWITCHES.find((one) => one.name === name).read(this.start(preset));
    return { preset, changes: value === null || value === begins ? others : { ...others, [name]: value } };
  }

  // The number of weights and, folded below it, the layers; or why there are none.
  told(recipe, open) {
    try {
      const network = fresh(check(recipe), 0, null);
      const summary = node("summary", { textContent: `${network.size.toLocaleString("en")} weights, layer by layer` });
      return node("details", { open }, summary, diagram(network, recipe.loss));
    } catch (error) {
      return node("p", { className: "lab-problem", textContent: error.message });
    }
  }

  change(i, side, name) {
    this.stop();
    this.sides[i] = side;
    this.showSide(i);
    this.clear();
    this.writeAddress();
    const again = [...this.benches[i].querySelectorAll("label")].find((label) => label.textContent.startsWith(`${name} `));
    (again ?? this.benches[i]).querySelector("select, input").focus(); // what was just used is there again
  }

  clear() {
    super.clear();
    this.drawing?.answer(); // these networks are gone
  }

  // For instructors: a link to what is set, with the switches that students shall not see left out.
  assignment() {
    const link = node("a", { textContent: "the link for your students" });
    const hide = new Set();
    const update = () => {
      const state = { seed: this.seed, sides: this.sides, locked: [...hide] };
      link.href = `#lab=${encodeURIComponent(JSON.stringify(state))}`;
      link.target = "_blank";
    };
    const boxes = [PRESET, ...SWITCHES.map(({ name }) => name)].map((name) => {
      const box = node("input", { type: "checkbox", onchange: () => (box.checked ? hide.add(name) : hide.delete(name), update()) });
      return node("label", {}, box, ` ${name}`);
    });
    const words = "Set both networks above. Tick what your students should not change: the link opens the lab as it is set, without those switches.";
    const open = node("details", { ontoggle: update }, node("summary", { textContent: "Assign this by a link" }), node("p", { textContent: words }), node("div", { className: "lab-controls" }, ...boxes), node("p", {}, link));
    return open;
  }

  // --- the address: #lab=JSON of seed, sides and what may not be changed ---

  inAddress() {
    return location.hash.match(/^#lab=(.+)$/)?.[1];
  }

  readAddress() {
    const found = this.inAddress();
    if (!found) return;
    try {
      const { seed, sides, locked } = JSON.parse(decodeURIComponent(found));
      this.sides = [0, 1].map((i) => this.asked(sides[i]));
      this.seed = Math.min(LAST, Math.max(0, Math.floor(seed) || 0));
      if (Array.isArray(locked)) this.locked = locked;
    } catch {
      this.misread = true;
    }
  }

  // A side that an address asks for. Throws where there is no such network; a value that no switch has is left out.
  asked({ preset, changes }) {
    if (!Object.hasOwn(this.experiment.presets, preset)) throw new Error(`There is no network ${preset}.`);
    return Object.entries(changes ?? {}).reduce((side, [name, value]) => {
      const found = SWITCHES.find((one) => one.name === name);
      const fits = found && admitted(found, value, found.read(this.start(preset)));
      this.misread ||= !found || fits === null;
      return found ? this.changed(side, name, fits) : side;
    }, { preset, changes: {} });
  }

  writeAddress() {
    const state = { seed: this.seed, sides: this.sides, ...(this.locked && { locked: this.locked }) };
    history.replaceState(null, "", `#lab=${encodeURIComponent(JSON.stringify(state))}`);
  }
}
