// lib/compare.py in the page: what a paired difference is worth. ``quantiles[f]`` is Student's t for f degrees of
// freedom, as lib wrote it into the page.

// {mean, low, high, n} of values; low and high are NaN for fewer than two.
export function interval(values, quantiles) {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { mean, low: NaN, high: NaN, n };
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = quantiles[Math.min(n - 1, quantiles.length - 1)] * Math.sqrt(square / (n - 1) / n);
  return { mean, low: mean - half, high: mean + half, n };
}

// a − b in points, in the rounds that both have finished: their ``values``, and what interval() gives.
export function paired(rows, a, b, quantiles) {
  const accuracies = (system) => new Map(rows.filter((row) => row.system === system && row.status === "done").map((row) => [row.round, row.accuracy]));
  const [first, second] = [accuracies(a), accuracies(b)];
  const common = [...first.keys()].filter((round) => second.has(round));
  const values = common.map((round) => 100 * (first.get(round) - second.get(round)));
  return { values, ...interval(values, quantiles) };
}

// As lib writes an effect: "+3.1 points [0.2, 6.0]".
export function told({ mean, low, high, n }) {
  if (!n) return "no rounds yet";
  const places = high - low < 1 ? 2 : 1;
  const text = (value) => value.toFixed(places).replace("-", "−");
  const signed = `${mean < 0 ? "" : "+"}${text(mean)} points`;
  return n < 2 ? signed : `${signed} [${low < 0 ? "" : "+"}${text(low)}, ${high < 0 ? "" : "+"}${text(high)}]`;
}
