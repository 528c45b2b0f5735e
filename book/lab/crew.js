// Who trains: a worker for each core, or, where the browser has no workers, this page itself, one round at a time.
import { round } from "./worker.js";

const MOST = 8;

export class Crew {
  // ``source`` is the text of the engine, for the workers; ``shared`` the digits and the compiled kernels.
  constructor(source, shared) {
    Object.assign(this, { source, shared, waiting: [], workers: [], stopped: false });
    const cores = Math.max(1, Math.min(MOST, navigator.hardwareConcurrency || 2));
    try {
      const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      this.workers = Array.from({ length: cores }, () => new Worker(address));
      for (const worker of this.workers) worker.postMessage(shared);
    } catch {
      this.workers = []; // a browser, or a page's rules, without workers
    }
  }

  get alone() {
    return this.workers.length === 0;
  }

  // Play ``tasks``, each {recipe, number}; ``told`` gets every message with its task. Resolves when all are done.
  async play(tasks, told) {
    this.waiting = tasks.map((task, i) => ({ ...task, task: i }));
    const tell = (message) => told({ ...message, ...tasks[message.task] });
    if (this.alone) return this.playHere(tell);
    await Promise.all(this.workers.map((worker) => this.keepBusy(worker, tell)));
    await this.playHere(tell); // what is left where no worker could be started
  }

  keepBusy(worker, tell) {
    return new Promise((resolve) => {
      let task;
      const next = () => {
        task = this.waiting.shift();
        if (task) worker.postMessage(task);
        else resolve();
      };
      worker.onmessage = ({ data }) => {
        if (this.stopped) return;
        tell(data);
        if (data.row || data.problem) next();
      };
      worker.onerror = () => { // some pages' rules let a worker be made, but not start
        this.workers = this.workers.filter((other) => other !== worker);
        if (task) this.waiting.unshift(task);
        resolve();
      };
      this.leave = [...(this.leave ?? []), resolve];
      next();
    });
  }

  async playHere(tell) {
    while (this.waiting.length && !this.stopped) {
      for (const message of round(this.waiting.shift(), this.shared)) {
        tell(message);
        await new Promise((resolve) => setTimeout(resolve)); // let the page draw, and hear Stop
        if (this.stopped) return;
      }
    }
  }

  // Stop at once; what is finished is kept by whoever was told.
  stop() {
    this.stopped = true;
    for (const worker of this.workers) worker.terminate();
    for (const resolve of this.leave ?? []) resolve();
  }
}
