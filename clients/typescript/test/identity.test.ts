import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Column, resultDigest, runId, specHash, tableHash } from "../src/identity.js";

const FOLDER = join(import.meta.dirname, "../../../tests/golden/identity");

interface Vector {
  description: string;
  input: Record<string, any>;
  want: Record<string, string>;
}

function column(document: { name: string; type: string; data: unknown[] }): Column {
  const { name, data } = document;
  if (document.type === "string") return { name, type: "string", data: data as string[] };
  if (document.type === "int64") {
    return { name, type: "int64", data: data.map((value) => BigInt(value as string)) };
  }
  return { name, type: "float64", data: data.map(Number) };
}

function answer(kind: string, input: Record<string, any>): Record<string, string> {
  switch (kind) {
    case "spec":
      return { spec_hash: specHash(input.document) };
    case "table":
      return { table_hash: tableHash(input.columns.map(column)) };
    case "result":
      return { result_digest: resultDigest(input.artifact_digests) };
    case "run":
      return {
        run_id: runId({
          specHash: input.spec_hash,
          dataHash: input.data_hash,
          seed: BigInt(input.seed),
          engineVersion: input.engine_version,
        }),
      };
    default:
      throw new Error(`no vector kind ${kind}`);
  }
}

const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));

describe("identity vectors", () => {
  test("there are vectors of each kind", () => {
    const kinds = new Set(files.map((file) => file.split("_")[0]));
    expect(kinds).toEqual(new Set(["spec", "table", "run", "result"]));
  });

  test.each(files)("%s", (file) => {
    const vector = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Vector;
    expect(answer(file.split("_")[0]!, vector.input)).toEqual(vector.want);
  });
});
