/**
 * Identities and digests, written from docs/specs/identity.md alone: a second
 * implementation beside the engine's, so that a number can be checked without it.
 */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

export const CHUNK_ROWS = 4096;

/** One column: int64 as bigint, float64 as number, string as text. */
export type Column =
  | { name: string; type: "int64"; data: readonly bigint[] }
  | { name: string; type: "float64"; data: readonly number[] }
  | { name: string; type: "string"; data: readonly string[] };

export interface RunIdentity {
  specHash: string;
  dataHash: string;
  /** In [0, 2^64). */
  seed: bigint;
  engineVersion: string;
}

function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The RFC 8785 text of a JSON value. Throws on a number that is not finite. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("the value has no JSON text");
  return text;
}

/** Section 1.3. */
export function digest(domain: string, value: unknown): string {
  return "sha256:" + sha256(domain, "\n", canonicalJson(value)).toString("hex");
}

/** Section 2.5; `document` is resolved. */
export function specHash(document: unknown): string {
  return digest("aurelius.spec.v1", document);
}

/** Section 5.2. */
export function resultDigest(artifactDigests: Readonly<Record<string, string>>): string {
  return digest("aurelius.result.v1", artifactDigests);
}

/** Section 4.2. */
export function runId(identity: RunIdentity): string {
  const document = {
    dataHash: identity.dataHash,
    engineVersion: identity.engineVersion,
    seed: identity.seed.toString(),
    specHash: identity.specHash,
  };
  const whole = sha256("aurelius.run.v1\n", canonicalJson(document));
  return "r" + base32(whole).slice(0, 26);
}

function base32(bytes: Uint8Array): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
      held &= (1 << bits) - 1;
    }
  }
  return text;
}

function merkleRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const left = merkleRoot(leaves.slice(0, split));
  return sha256(Uint8Array.of(1), left, merkleRoot(leaves.slice(split)));
}

function sortedValues(texts: readonly string[]): string[] {
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...new Set(texts)].sort(byBytes);
}

function chunkBytes(column: Column, values: readonly string[], start: number, end: number): Buffer {
  const width = column.type === "string" ? 4 : 8;
  const bytes = Buffer.alloc(width * (end - start));
  const codes = new Map(values.map((value, code) => [value, code]));
  for (let row = start; row < end; row++) {
    const at = width * (row - start);
    if (column.type === "int64") bytes.writeBigInt64LE(column.data[row]!, at);
    else if (column.type === "string") bytes.writeInt32LE(codes.get(column.data[row]!)!, at);
    else if (Number.isNaN(column.data[row])) bytes.writeBigUInt64LE(0x7ff8000000000000n, at);
    else bytes.writeDoubleLE(column.data[row]!, at);
  }
  return bytes;
}

/** Section 3.6. Rows are in canonical order already. */
export function tableHash(columns: readonly Column[]): string {
  const rows = columns[0]?.data.length ?? 0;
  const values = columns.map((column) =>
    column.type === "string" ? sortedValues(column.data) : [],
  );
  const leaves: Buffer[] = [];
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const end = Math.min(start + CHUNK_ROWS, rows);
    const parts = columns.map((column, i) => chunkBytes(column, values[i]!, start, end));
    leaves.push(sha256(Uint8Array.of(0), ...parts));
  }
  const schema = columns.map((column, i) =>
    column.type === "string"
      ? { name: column.name, type: column.type, values: values[i] }
      : { name: column.name, type: column.type },
  );
  const header = canonicalJson({ chunkRows: CHUNK_ROWS, columns: schema, rows });
  const root = merkleRoot(leaves);
  return "sha256:" + sha256("aurelius.table.v1\n", header, "\n", root).toString("hex");
}
