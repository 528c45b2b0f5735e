// A worker trains one round after another. It receives {digits, compiled} once, then {task, recipe, number, watched}
// for each round. It sends {task, epoch} after every epoch, and at the end {task, row, curve, saved} or {task, problem}.
// Only a round that is watched is judged after every epoch, which takes a fifth of its time.
import { Diverged, play } from "./training.js";

export function work(scope) {
  let shared;
  scope.onmessage = ({ data }) => {
    if (data.digits) {
      shared = data;
      return;
    }
    for (const message of round(data, shared)) scope.postMessage(message);
  };
}

// The messages of one round.
export function* round({ task, recipe, number, watched }, { digits, compiled }) {
  const start = Date.now();
  const curve = [];
  try {
    const steps = play(recipe, number, digits, compiled, watched);
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      if ("accuracy" in step.value) curve.push(step.value);
      yield { task, epoch: step.value };
    }
    const { accuracy, digitAccuracy } = curve.at(-1);
    const row = { round: number, status: "done", accuracy, digitAccuracy, seconds: (Date.now() - start) / 1000 };
    yield { task, row, curve, saved: step.value.save() };
  } catch (error) {
    if (!(error instanceof Diverged)) yield { task, problem: error.message };
    else yield { task, row: { round: number, status: "diverged", accuracy: NaN, digitAccuracy: NaN }, curve, problem: error.message };
  }
}
