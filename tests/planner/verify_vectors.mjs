// Holds the parts of the JavaScript verifier to the published vectors; fails with the first that is missed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as draw from "../../api/static/api/verify.mjs";

const page = new URL("../../docs/algorithms/vectors/draw.json", import.meta.url);
const vectors = JSON.parse(readFileSync(page, "utf8"));
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (digits) => new Uint8Array(Buffer.from(digits, "hex"));
const number = (digits) => BigInt(`0x${digits}`);
const near = (found, wanted) => assert.ok(Math.abs(found / wanted - 1) <= 1e-9, `${found} is not ${wanted}`);

for (const { value, hex: wanted } of vectors.canonical) {
  const text = draw.canonical(draw.parse(JSON.stringify(value)));
  assert.equal(Buffer.from(text).toString("hex"), wanted);
}
for (const { scores, n, floor, cap, probabilities } of vectors.inclusion) {
  draw.inclusion(scores.map(Number), n, floor, cap).forEach((found, i) => near(found, probabilities[i]));
}
for (const { units, n, floor, cap, sizes } of vectors.allocation_of_equal_scores) {
  const scores = Object.values(units).map((count) => Array(count).fill(1));
  assert.deepEqual(draw.allocate(scores, n, floor, cap), Object.values(sizes));
}
for (const { thresholds, n, probabilities, size_probability: chance, max_attempts: most } of vectors.designs) {
  const found = draw.design(thresholds.map((digits) => (digits === "certain" ? null : number(digits))), n);
  found.probabilities.forEach((probability, i) => near(probability, probabilities[i]));
  near(found.sizeProbability, chance);
  assert.equal(draw.maxAttempts(found.sizeProbability), most);
}
for (const { secrets, plan_id: plan, frame_sha256: frame, public_value: value, ...wanted } of vectors.seeds) {
  const message = draw.seedMessage(plan, frame, value);
  const seed = draw.hmac(bytes(secrets.join("")))(message);
  assert.equal(hex(message), wanted.message_hex);
  assert.equal(hex(seed), wanted.seed);
  assert.equal(hex(draw.subkey(seed, "draw")), wanted.draw_key);
  assert.equal(hex(draw.subkey(seed, "dates")), wanted.dates_key);
}
for (const { draw_key: key, stratum, attempt, code, ...wanted } of vectors.numbers) {
  const message = draw.drawMessage(stratum, attempt, code);
  assert.equal(hex(message), wanted.message_hex);
  assert.equal(hex(draw.hmac(bytes(key))(message).subarray(0, 8)), wanted.number);
  if (attempt > 1) continue;
  // A unit is taken where its number is below its threshold, and not where it is the same.
  for (const [above, attempts] of [[0n, undefined], [1n, 1]]) {
    const unit = { code, threshold: (number(wanted.number) + above).toString(16).padStart(16, "0") };
    const drawn = draw.drawStratum({ name: stratum, n: 1, units: [unit], max_attempts: 1 }, bytes(key));
    assert.equal(drawn?.attempts, attempts);
  }
}
for (const { probability, days, survival } of vectors.survivals) {
  near(draw.survival(probability, days), Number(number(survival)));
}
for (const { survival, weights } of vectors.weights) {
  assert.deepEqual(draw.dateWeights(number(survival), weights.length), weights.map(number));
}
