/**
 * Rebuilds a draw from its record and names what differs. Written from docs/algorithms/draw.md alone, and
 * independent of the program that draws: section numbers (§) are those of that page.
 *
 * One module without dependencies, for browsers and node. SHA-256 is written out here because a draw takes
 * hundreds of thousands of hashes, which the asynchronous one of the browser makes many times slower.
 */

const FORMAT = "kycuong/1";
const NOT_PROVEN = "not proven against choice of secret";
const PROVEN =
  "proven against choice of secret, provided that endorsement_sha256 was published before the public value existed";
const U32 = 2 ** 32 - 1;
const ONE = 1n << 64n;
const TOLERANCE = 1e-9;

/**
 * Checks the text of a record, as it stands in its file.
 *
 * Takes the text and not parsed JSON: a parsed record no longer shows duplicate keys and fractions.
 * Returns one {field, problem} for each thing that does not hold, named as in §11; none if the record agrees.
 */
export function verify(text) {
  let record;
  try {
    record = parse(text);
    checkShape(record);
  } catch (error) {
    if (error instanceof Misshapen) return [{ field: error.field, problem: error.message }];
    throw error;
  }
  const problems = [];
  const say = (field, problem) => problems.push({ field, problem });
  checkLinks(record, say);
  if (checkDesigns(record.frame, say)) checkDraw(record, say);
  return problems;
}

class Misshapen extends Error {
  constructor(field, problem) {
    super(problem);
    this.field = field;
  }
}

function need(holds, field, problem) {
  if (!holds) throw new Misshapen(field, problem);
}

// ---------------------------------------------------------------- canonical JSON, §2

/** The value of a JSON text that has a canonical form; objects without a prototype, so that any key is safe. */
export function parse(text) {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Misshapen("record", `is not JSON: ${error.message}`);
  }
  // The grammar holds, so the tokens alone tell the rest: strings, numbers, names and brackets.
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s",:[\]{}]+/g);
  let next = 0;
  const read = (depth) => {
    const token = tokens[next++];
    const [opened, value] = [token === "[" || token === "{", token === "[" ? [] : Object.create(null)];
    if (!opened) return readLeaf(token);
    need(depth <= 64, "record", "nests deeper than 64 levels");
    while (tokens[next] !== "]" && tokens[next] !== "}") {
      const key = token === "[" ? value.length : readString(tokens[next++]);
      need(!(key in value), "record", `has the key ${key} twice in one object`);
      value[key] = read(depth + 1);
    }
    next++;
    return value;
  };
  return read(1);
}

function readLeaf(token) {
  if (token[0] === '"') return readString(token);
  if (!/^[-0-9]/.test(token)) return JSON.parse(token);
  need(/^-?[0-9]+$/.test(token), "record", `has ${token}, which is not an integer`);
  need(Number.isSafeInteger(Number(token)), "record", `has ${token}, an integer of 2^53 or more`);
  return Number(token) + 0; // -0 + 0 is 0
}

function readString(token) {
  const value = JSON.parse(token);
  need(!/\p{Surrogate}/u.test(value), "record", `has a lone surrogate in ${token}`);
  need(value === value.normalize("NFC"), "record", `has ${token}, which is not in normal form C`);
  return value;
}

/** The canonical text of a parsed value. */
export function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const fields = Object.keys(value).sort(); // by UTF-16 code units, as is wanted
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

// ---------------------------------------------------------------- the shape, §3, §7 and §10

// A check is a function of a value and its path that raises Misshapen; those with arguments return one.

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const nullOr = (check) => (value, path) => value === null || check(value, path);
const oneOf = (...choices) => (value, path) =>
  need(choices.includes(value), path, `must be one of: ${choices.join("; ")}`);
const anyObject = (value, path) => need(isObject(value), path, "must be an object");
const matches = (value, pattern) => typeof value === "string" && pattern.test(value);

const fields = (checks) => (value, path) => {
  anyObject(value, path);
  const missing = Object.keys(checks).find((field) => !(field in value));
  need(missing === undefined, `${path}.${missing}`, "is missing");
  const unknown = Object.keys(value).find((field) => !Object.hasOwn(checks, field));
  need(unknown === undefined, `${path}.${unknown}`, "is an unknown field");
  for (const [field, check] of Object.entries(checks)) {
    check(value[field], path === "record" ? field : `${path}.${field}`);
  }
};

const items = (check) => (value, path) => {
  need(Array.isArray(value) && value.length > 0, path, "must be an array that is not empty");
  value.forEach((item, i) => check(item, `${path}[${i}]`));
};

function text(value, path) {
  need(typeof value === "string" && value !== "", path, "must be a string that is not empty");
  need(utf8(value).length <= 0xffff, path, "must be at most 65,535 bytes long");
  need(!/[\u0000-\u001f\u007f-\u009f]/.test(value), path, "must hold no control characters");
}

const u32 = (value, path) =>
  need(Number.isInteger(value) && value >= 1 && value <= U32, path, `must be an integer from 1 to ${U32}`);

const digits = (count) => (value, path) => {
  const right = matches(value, /^[0-9a-f]+$/) && value.length === count;
  need(right, path, `must be ${count} lower-case hexadecimal digits`);
};

function above0(value, path) {
  digits(16)(value, path);
  need(/[^0]/.test(value), path, "must be above 0");
}

function date(value, path) {
  const time = matches(value, /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) ? Date.parse(`${value}T00:00:00Z`) : NaN;
  const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
  need(exists && value >= "0001", path, "must be a date, yyyy-mm-dd");
}

function proportion(value, path) {
  const number = matches(value, /^(0|[1-9][0-9]*)(\.[0-9]+)?$/) ? Number(value) : NaN;
  need(number > 0 && number <= 1, path, "must be a decimal string above 0 and at most 1");
}

function score(value, path) {
  const number = matches(value, /^[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$/) ? Number(value) : NaN;
  need(number > 0 && number < Infinity, path, "must be a decimal string, finite and above 0");
}

/** Texts compare by this as their UTF-8 bytes do. */
const rank = (value) => hex(utf8(value));

function inOrder(keys, path, by) {
  const ranks = keys.map(rank);
  const holds = ranks.every((key, i) => i === 0 || ranks[i - 1] < key);
  need(holds, path, `must stand in the order of ${by}, each once`);
}

function checkShape(record) {
  fields({
    format: oneOf(FORMAT),
    frame: checkFrame,
    endorsement: fields({
      plan_id: text,
      frame_sha256: digits(64),
      policy_sha256: nullOr(digits(64)),
      commitments: fields({ s1: digits(64), s2: nullOr(digits(64)) }),
      public_value_rule: nullOr(fields({ source: text, date, encoding: text, fallback: text })),
    }),
    endorsement_sha256: digits(64),
    secrets: fields({ s1: digits(64), s2: nullOr(digits(64)) }),
    public_value: nullOr(text),
    seed: digits(64),
    proof: oneOf(PROVEN, NOT_PROVEN),
    sample: items((code) => text(code, "sample")),
    attempts: anyObject,
    dates: nullOr(items(fields({ code: text, date: text, session: text }))),
  })(record, "record");
  for (const [name, attempts] of Object.entries(record.attempts)) u32(attempts, `attempts.${name}`);
}

function checkFrame(frame, path) {
  fields({
    format: oneOf(FORMAT),
    plan_id: text,
    code_version: text,
    n: u32,
    floor: proportion,
    cap: proportion,
    allocation: oneOf("given", "largest remainder"),
    policy: nullOr(anyObject),
    inputs: nullOr(anyObject),
    reveal_on: nullOr(date),
    calendar: nullOr(fields({ sessions: checkSessions })),
    strata: (strata, at) => items((stratum, where) => checkStratumShape(stratum, where, frame.calendar))(strata, at),
  })(frame, path);
  inOrder(frame.strata.map((stratum) => stratum.name), `${path}.strata`, "their names");
  const total = frame.strata.reduce((sum, stratum) => sum + stratum.n, 0);
  need(total === frame.n, `${path}.n`, "must be the sum of the numbers drawn in the strata");
  const codes = frame.strata.flatMap((stratum) => stratum.units.map((unit) => unit.code));
  need(new Set(codes).size === codes.length, `${path}.strata`, "hold a unit twice");
}

function checkSessions(sessions, path) {
  items(fields({ date, session: oneOf("morning", "afternoon"), kind: text, capacity: u32 }))(sessions, path);
  inOrder(sessions.map((session) => session.date + (session.session === "morning" ? "a" : "b")), path, "time");
}

function checkStratumShape(stratum, path, calendar) {
  const unit = { code: text, score, threshold: (value, at) => value === "certain" || above0(value, at) };
  const kinds = (value, at) => checkKinds(value, at, calendar);
  const dated = calendar === null ? {} : { survival: above0, sessions: kinds, compound: nullOr(text) };
  fields({ name: text, n: u32, max_attempts: u32, units: items(fields({ ...unit, ...dated })) })(stratum, path);
  inOrder(stratum.units.map(({ code }) => code), `${path}.units`, "their codes");
  need(stratum.n <= stratum.units.length, `${path}.n`, "must not exceed the number of units");
}

function checkKinds(kinds, path, calendar) {
  items(text)(kinds, path);
  inOrder(kinds, path, "their kinds");
  const admits = calendar.sessions.some((session) => kinds.includes(session.kind));
  need(admits, path, "admits no session of the calendar");
}

// ---------------------------------------------------------------- hashes, §2

const encoder = new TextEncoder();
const utf8 = (text) => encoder.encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function join(head, tail) {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function sized(value) {
  const bytes = utf8(value);
  return join([bytes.length >> 8, bytes.length & 255], bytes);
}

const ROUNDS = Uint32Array.from(
  `428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 d807aa98 12835b01 243185be 550c7dc3
   72be5d74 80deb1fe 9bdc06a7 c19bf174 e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
   983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967 27b70a85 2e1b2138 4d2c6dfc 53380d13
   650a7354 766a0abb 81c2c92e 92722c85 a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
   19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 748f82ee 78a5636f 84c87814 8cc70208
   90befffa a4506ceb bef9a3f7 c67178f2`.split(/\s+/),
  (word) => parseInt(word, 16),
);
const START = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);
const words = new Uint32Array(64);

function compress(state, bytes, at) {
  for (let i = 0; i < 16; i++, at += 4) {
    words[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const rest = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] += rest[i];
}

/** SHA-256 of a message before which `done` bytes, a whole number of blocks, went into `state`. */
function finish(state, message, done) {
  const padded = new Uint8Array(((message.length + 72) >> 6) << 6);
  padded.set(message);
  padded[message.length] = 128;
  for (let bits = (message.length + done) * 8, i = padded.length - 1; bits > 0; bits = Math.floor(bits / 256), i--) {
    padded[i] = bits % 256;
  }
  const own = state.slice();
  for (let at = 0; at < padded.length; at += 64) compress(own, padded, at);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = own[i >> 2] >>> (24 - 8 * (i & 3));
  return digest;
}

export const sha256 = (message) => finish(START, message, 0);
const sha256Json = (value) => hex(sha256(utf8(canonical(value))));

/** HMAC-SHA256 under a key of at most 64 bytes, with the key's two blocks hashed once. */
export function hmac(key) {
  const keyed = (pad) => {
    const block = new Uint8Array(64).fill(pad);
    key.forEach((byte, i) => (block[i] ^= byte));
    const state = START.slice();
    compress(state, block, 0);
    return state;
  };
  const [inner, outer] = [keyed(0x36), keyed(0x5c)];
  return (message) => finish(outer, finish(inner, message, 64), 64);
}

// ---------------------------------------------------------------- the chain of hashes, §7 and §10

export const seedMessage = (planId, frameSha256, publicValue) =>
  utf8(canonical({ plan_id: planId, frame_sha256: frameSha256, public_value: publicValue }));

export const subkey = (seed, purpose) => hmac(seed)(utf8(`${FORMAT}/${purpose}`));

function checkLinks(record, say) {
  const { frame, endorsement, secrets, public_value: publicValue } = record;
  if (sha256Json(frame) !== endorsement.frame_sha256) say("frame", "does not have the hash that was endorsed");
  const policy = frame.policy === null ? null : sha256Json(frame.policy);
  if (policy !== endorsement.policy_sha256) say("policy", "does not have the hash that was endorsed");
  if (frame.plan_id !== endorsement.plan_id) say("plan_id", "is not the plan that was endorsed");
  if (sha256Json(endorsement) !== record.endorsement_sha256) say("endorsement", "does not have the hash stated");
  const proof = endorsement.public_value_rule !== null && publicValue !== null ? PROVEN : NOT_PROVEN;
  if (record.proof !== proof) say("proof", `must be: ${proof}`);
  for (const who of ["s1", "s2"]) {
    const commitment = secrets[who] === null ? null : hex(sha256(fromHex(secrets[who])));
    if (commitment !== endorsement.commitments[who]) say(`commitments.${who}`, "does not commit to the secret");
  }
  const key = fromHex(secrets.s1 + (secrets.s2 ?? ""));
  const message = seedMessage(endorsement.plan_id, endorsement.frame_sha256, publicValue);
  if (hex(hmac(key)(message)) !== record.seed) say("seed", "does not follow from what it is made of");
}

// ---------------------------------------------------------------- the design, §4 to §6

/** π of §4, or null where n is more than the cap allows. */
export function inclusion(scores, n, floor, cap) {
  const most = cap * scores.length;
  if (n > most * (1 + 1e-12)) return null;
  if (n >= most * (1 - 1e-12)) return scores.map(() => cap);
  const low = (floor * n) / scores.length;
  // Scores lie up to 600 powers of ten apart, so λ is looked for by its logarithm.
  const logs = scores.map(Math.log);
  const [logLow, logCap] = [Math.log(low), Math.log(cap)];
  const breaks = logs.flatMap((log) => [logLow - log, logCap - log]).sort((a, b) => a - b);
  const sumAt = (lambda) => logs.reduce((sum, log) => sum + Math.min(cap, Math.max(low, Math.exp(lambda + log))), 0);
  let [first, last] = [0, breaks.length - 1];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (sumAt(breaks[middle]) >= n) last = middle;
    else first = middle + 1;
  }
  const atFloor = logs.map((log) => logLow - log >= breaks[last]);
  const atCap = logs.map((log) => last > 0 && logCap - log <= breaks[last - 1]);
  const between = scores.filter((_, i) => !atFloor[i] && !atCap[i]);
  const largest = between.reduce((a, b) => Math.max(a, b), 0);
  const total = between.reduce((sum, score) => sum + score / largest, 0);
  const count = (flags) => flags.filter(Boolean).length;
  const share = n - count(atFloor) * low - count(atCap) * cap;
  return scores.map((score, i) => (atFloor[i] ? low : atCap[i] ? cap : (share * (score / largest)) / total));
}

/** The numbers drawn in each stratum by largest remainders (§5), or null where there are none. */
export function allocate(strata, n, floor, cap) {
  if (strata.length === 1) return [n];
  const all = inclusion(strata.flat(), n, floor, cap);
  if (all === null) return null;
  let at = 0;
  const sums = strata.map((scores) => all.slice(at, (at += scores.length)).reduce((a, b) => a + b, 0));
  const most = strata.map((scores) => wholePart(cap * scores.length));
  const least = most.map((limit) => Math.min(2, limit));
  const sizes = sums.map((sum, h) => Math.min(most[h], Math.max(least[h], Math.floor(sum))));
  const remainder = (h) => Math.round((sums[h] - sizes[h]) * 1e9);
  let missing = n - sizes.reduce((a, b) => a + b, 0);
  while (missing !== 0) {
    const free = sizes.map((_, h) => h).filter((h) => sizes[h] !== (missing > 0 ? most[h] : least[h]));
    if (free.length === 0) return null;
    const step = Math.sign(missing);
    const chosen = free.reduce((best, h) => {
      const gain = step * (remainder(h) - remainder(best));
      return gain > 0 || (gain === 0 && step < 0) ? h : best;
    });
    sizes[chosen] += step;
    missing -= step;
  }
  return sizes;
}

function wholePart(product) {
  const nearest = Math.round(product);
  return Math.abs(product - nearest) <= 1e-12 * nearest ? nearest : Math.floor(product);
}

/**
 * π(T) of a design and P(S = n), for thresholds as integers, null for certain units (§6, property 2).
 *
 * The product of the polynomials of all other units is carried down a tree that halves the units at each
 * step: every coefficient is a sum of positive terms, so nothing cancels, and it takes little memory.
 */
export function design(thresholds, n) {
  const units = thresholds.filter((number) => number !== null);
  if (units.length === 0) return { probabilities: thresholds.map(() => 1), sizeProbability: 1 };
  const taken = units.map((number) => Number(number) / 2 ** 64);
  const spared = units.map((number) => Number(ONE - number) / 2 ** 64);
  const wanted = n - (thresholds.length - units.length);
  const without = new Float64Array(units.length); // P(the others are n' − 1)
  const times = (others, from, to) => {
    const product = Float64Array.from(others);
    for (let i = from; i < to; i++) {
      for (let k = wanted - 1; k > 0; k--) product[k] = product[k] * spared[i] + product[k - 1] * taken[i];
      product[0] *= spared[i];
    }
    return product;
  };
  const descend = (others, from, to) => {
    const middle = (from + to) >> 1;
    if (middle === from) {
      without[from] = others[wanted - 1];
    } else {
      descend(times(others, middle, to), from, middle);
      descend(times(others, from, middle), middle, to);
    }
  };
  descend(Float64Array.from({ length: wanted }, (_, k) => (k === 0 ? 1 : 0)), 0, units.length);
  // Each sample of n' units is counted here once for each of its units.
  const sizeProbability = without.reduce((sum, chance, i) => sum + chance * taken[i], 0) / wanted;
  let i = 0;
  const probability = () => (taken[i] * without[i++]) / sizeProbability;
  return { probabilities: thresholds.map((number) => (number === null ? 1 : probability())), sizeProbability };
}

/** §6, property 3. */
export function maxAttempts(sizeProbability) {
  if (sizeProbability >= 1) return 1;
  return Math.max(1, Math.ceil((128 * Math.LN2) / -Math.log1p(-sizeProbability)));
}

/** §9: the chance to be spared on one of `days`, times 2⁶⁴, to a double; that of a certain unit is all but 2⁶⁴. */
export const survival = (probability, days) =>
  probability === 1 ? 2 ** 64 : Math.max(1, (1 - probability) ** (1 / days) * 2 ** 64);

const threshold = (unit) => (unit.threshold === "certain" ? null : BigInt(`0x${unit.threshold}`));

function thresholdsHold(units, n) {
  const numbers = units.map(threshold);
  const certain = numbers.filter((number) => number === null).length;
  const sum = numbers.reduce((total, number) => total + (number ?? ONE), 0n);
  const miss = sum - BigInt(n) * ONE;
  const enough = (miss < 0n ? -miss : miss) * 1000000n <= BigInt(n) * ONE;
  return enough && (n === units.length ? certain === n : certain < n);
}

function checkAllocation({ strata, n, floor, cap }, say) {
  const scores = strata.map(({ units }) => units.map((unit) => Number(unit.score)));
  const sizes = allocate(scores, n, Number(floor), Number(cap));
  if (sizes === null) say("allocation", `cannot be made: the cap does not allow ${n} units`);
  else if (strata.some((stratum, h) => stratum.n !== sizes[h])) say("allocation", `must be ${sizes.join(", ")}`);
}

/** Checks the designs of all strata; whether their thresholds allow the sample to be drawn again. */
function checkDesigns(frame, say) {
  if (frame.allocation === "largest remainder") checkAllocation(frame, say);
  const sound = frame.strata.filter(({ units, n }) => thresholdsHold(units, n));
  for (const stratum of frame.strata) {
    if (sound.includes(stratum)) checkStratum(stratum, frame, say);
    else say("thresholds", `of stratum ${stratum.name} do not sum to ${stratum.n} times 2^64`);
  }
  return sound.length === frame.strata.length;
}

function checkStratum({ name, n, units, max_attempts: stated }, { calendar, floor, cap }, say) {
  const { probabilities, sizeProbability } = design(units.map(threshold), n);
  const most = maxAttempts(sizeProbability);
  if (!(Math.abs(stated - most) <= 1)) say("max_attempts", `of stratum ${name} must be ${most}`);
  const wanted = inclusion(units.map((unit) => Number(unit.score)), n, Number(floor), Number(cap));
  if (wanted === null) {
    say("probabilities", `of stratum ${name}: the cap does not allow ${n} of ${units.length} units`);
    return;
  }
  const off = probabilities.findIndex((reached, i) => !(Math.abs(reached / wanted[i] - 1) <= TOLERANCE));
  if (off >= 0) {
    say("probabilities", `of unit ${units[off].code}: thresholds give ${probabilities[off]}, its score ${wanted[off]}`);
  }
  if (calendar === null) return;
  units.forEach((unit, i) => {
    const dates = calendar.sessions.filter(({ kind }) => unit.sessions.includes(kind)).map(({ date }) => date);
    const miss = Number(BigInt(`0x${unit.survival}`)) - survival(wanted[i], new Set(dates).size);
    if (!(Math.abs(miss) <= TOLERANCE * 2 ** 64)) say("survival", `of unit ${unit.code} does not follow`);
  });
}

// ---------------------------------------------------------------- sample and dates, §8 and §9

const drawHead = (stratum, attempt) => join(sized(stratum), [24, 16, 8, 0].map((shift) => attempt >>> shift));

/** What is hashed for a unit in an attempt. */
export const drawMessage = (stratum, attempt, code) => join(drawHead(stratum, attempt), sized(code));

/** The units of a stratum that are drawn and the attempts that it took, or null where every attempt fails. */
export function drawStratum({ name, n, units, max_attempts: most }, key) {
  const hash = hmac(key);
  const [limits, codes] = [units.map(threshold), units.map(({ code }) => sized(code))];
  for (let attempt = 1; attempt <= most; attempt++) {
    const head = drawHead(name, attempt);
    const number = (i) => new DataView(hash(join(head, codes[i])).buffer).getBigUint64(0);
    const taken = units.filter((_, i) => limits[i] === null || number(i) < limits[i]);
    if (taken.length === n) return { units: taken, attempts: attempt };
  }
  return null;
}

/** The weights of `count` dates for a unit of a survival (§9, step 1). */
export function dateWeights(survival, count) {
  const weights = [ONE];
  while (weights.length < count) {
    const weight = (weights[weights.length - 1] * survival) >> 64n;
    weights.push(weight > 0n ? weight : 1n);
  }
  return weights;
}

/** Items in ascending order of their keys, equals as they stand. */
function sorted(items, keyOf) {
  const keyed = items.map((item) => [keyOf(item), item]);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
}

/** {code, date, session} of drawn units in canonical order, or null where one of them finds no room. */
export function dateUnits(drawn, sessions, key) {
  const number = hmac(key);
  const hashed = drawn.map((unit) => ({ unit, hash: number(sized(unit.code)) }));
  const entered = sessions.map(() => 0);
  const chosen = new Map();
  for (const { unit, hash } of sorted(hashed, ({ hash }) => hex(hash.subarray(0, 16)))) {
    if (chosen.has(unit.code)) continue;
    const group = unit.compound === null ? [unit] : drawn.filter(({ compound }) => compound === unit.compound);
    const place = chooseSession(unit, group, sessions, entered, BigInt(`0x${hex(hash.subarray(16))}`));
    if (place < 0) return null;
    entered[place] += group.length;
    group.forEach(({ code }) => chosen.set(code, sessions[place]));
  }
  return drawn.map(({ code }) => ({ code, date: chosen.get(code).date, session: chosen.get(code).session }));
}

/** The place among the sessions that a unit chooses for its group by its number x, -1 where all are full. */
function chooseSession(unit, group, sessions, entered, x) {
  const admitted = sessions.filter(({ kind }) => group.every((member) => member.sessions.includes(kind)));
  const dates = [...new Set(admitted.map(({ date }) => date))];
  const weights = dateWeights(BigInt(`0x${unit.survival}`), dates.length);
  const weigh = (session, place) => {
    if (!admitted.includes(session) || entered[place] >= session.capacity) return 0n;
    const worked = admitted.filter(({ date }) => date === session.date).length;
    return weights[dates.indexOf(session.date)] * (worked === 2 ? 1n : 2n);
  };
  const weighed = sessions.map(weigh);
  const point = (x * weighed.reduce((sum, weight) => sum + weight, 0n)) >> 128n;
  let sum = 0n;
  return weighed.findIndex((weight) => (sum += weight) > point);
}

function checkDraw({ frame, seed, sample, attempts, dates }, say) {
  const key = (purpose) => subkey(fromHex(seed), purpose);
  const draws = frame.strata.map((stratum) => drawStratum(stratum, key("draw")));
  if (draws.includes(null)) {
    say("sample", "cannot be drawn: no attempt takes the number of units that it must");
    return;
  }
  const drawn = sorted(draws.flatMap(({ units }) => units), ({ code }) => rank(code));
  const codes = drawn.map(({ code }) => code);
  if (canonical(codes) !== canonical(sample)) say("sample", "is not what the seed and the thresholds draw");
  const needed = Object.create(null);
  frame.strata.forEach(({ name }, h) => (needed[name] = draws[h].attempts));
  if (canonical(needed) !== canonical(attempts)) say("attempts", "are not those that the draw takes");
  const visits = frame.calendar === null ? null : dateUnits(drawn, frame.calendar.sessions, key("dates"));
  if (visits === null && frame.calendar !== null) say("dates", "cannot be given: a unit finds every session full");
  else if (canonical(visits) !== canonical(dates)) say("dates", "are not those that the seed gives");
}
