// Verifies records with the JavaScript verifier: takes a JSON array of their texts, prints one of their problems.
import { readFileSync } from "node:fs";
import { verify } from "../../api/static/api/verify.mjs";

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map(verify)));
