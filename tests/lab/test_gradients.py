"""Every operation of the tape goes back as it came: gradients against finite differences, with both sets of kernels."""

import pytest

# name: JavaScript that makes of x (4, shape) what comes out; W, b are weights of a linear layer with 6 outputs.
OPERATIONS = {
    "linear": ([6], "tape.linear(x, W, b)"),
    "conv": ([4, 4, 2], "tape.conv(x, tape.kernelWeights, b, 3, 1)"),
    "relu": ([6], "tape.relu(x)"),
    "tanh": ([6], "tape.map(x, Math.tanh, (y) => 1 - y * y)"),
    "sigmoid": ([6], 'apply(tape, { kind: "sigmoid" }, x)'),
    "selu": ([6], 'apply(tape, { kind: "selu" }, x)'),
    "pool": ([4, 4, 2], "tape.pool(x, 2)"),
    "norm": ([6], "tape.norm(x, layer)"),
    "plus": ([6], "tape.plus(x, tape.relu(x))"),
    "softmax": ([6], "tape.softmax(x)"),
    "interleave": ([6], "tape.interleave(x, tape.relu(x))"),
    "difference": ([1], "tape.difference(x)"),
    "probability": ([10], "tape.probability(x)"),
}

CHECK = """
([shape, operation, compiled]) => {
  const tape = new Tape(compiled ? bytes(KERNELS) : null);
  const random = new Generator(1), rows = 4, count = rows * shape.reduce((a, b) => a * b, 1);
  const W = tape.parameter(6, 6), b = tape.parameter(1, 6);
  tape.kernelWeights = tape.parameter(18, 6);
  const layer = { weight: tape.parameter(1, 6), bias: tape.parameter(1, 6) };
  Object.assign(layer, { mean: new Float64Array(6), variance: new Float64Array(6).fill(1) });
  for (const w of tape.parameters) for (let i = 0; i < w.count; i++) tape.F[w.p + i] = random.unit() - 0.4;
  const values = Float32Array.from({ length: count }, () => 2 * random.unit() - 1);
  const run = new Function("tape", "x", "W", "b", "layer", `return ${operation};`);
  // The loss is a cross-entropy of what comes out, which is another number for each value of it.
  const loss = (training) => {
    tape.begin(training);
    const x = tape.tensor(rows, shape, training);
    tape.F.set(values, x.p);
    const saved = [layer.mean.slice(), layer.variance.slice()];
    if (!training) tape.training = operation.includes("norm"), tape.back = () => {};
    const y = run(tape, x, W, b, layer);
    const flat = tape.view(y, y.n, [y.count / y.n]);
    const labels = Array.from({ length: y.n }, (_, r) => r % flat.shape[0] % 2);
    const value = tape.crossEntropy(flat, labels, 1, 0.1);
    delete tape.back;
    layer.mean.set(saved[0]); layer.variance.set(saved[1]);
    return { value, x };
  };
  const { x } = loss(true);
  tape.backward();
  const places = [...Array(count).keys()].map((i) => [x.g + i, values, i]);
  const gradient = places.map(([g]) => tape.F[g]);
  let worst = 0;
  for (let i = 0; i < count; i++) {
    const before = values[i], h = 2e-3;
    values[i] = before + h; const up = loss(false).value;
    values[i] = before - h; const down = loss(false).value;
    values[i] = before;
    worst = Math.max(worst, Math.abs((up - down) / (2 * h) - gradient[i]));
  }
  return { worst, largest: Math.max(...gradient.map(Math.abs)) };
}
"""


@pytest.mark.parametrize("compiled", [True, False], ids=["WebAssembly", "plain"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_gradient_is_what_finite_differences_say(engine, name, compiled):
    shape, operation = OPERATIONS[name]
    found = engine.evaluate(CHECK, [shape, operation, compiled])
    assert found["largest"] > 0.01 and found["worst"] < 2e-3, found
