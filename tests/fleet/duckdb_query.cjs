// Answers a question about the tables in a folder by DuckDB, as JSON: what tools/fleet/query does by
// SQLite. node duckdb_query.cjs FLEET NAME DIR [PARAMETER=VALUE...], with @duckdb/node-api in NODE_PATH.
const fs = require("fs");
const path = require("path");
const { DuckDBInstance } = require("@duckdb/node-api");

const [fleet, name, directory, ...parameters] = process.argv.slice(2);
const quoted = (text) => "'" + text.replaceAll("'", "''") + "'";

async function main() {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const tables = fs.readFileSync(path.join(fleet, "tables.sql"), "utf8");
  for (const statement of tables.split(/;\n/).filter((text) => text.trim())) await connection.run(statement);
  for (const table of ["runs", "labels", "figures"]) {
    await connection.run(`COPY ${table} FROM ${quoted(path.join(directory, table + ".csv"))} (HEADER)`);
  }
  // It has a column for each figure.
  const cells = quoted(path.join(directory, "cells.csv"));
  await connection.run(`CREATE OR REPLACE TABLE cells AS FROM read_csv(${cells}, header = true)`);
  for (const text of parameters) {
    const at = text.indexOf("=");
    await connection.run(`INSERT INTO parameters VALUES (${quoted(text.slice(0, at))}, ${quoted(text.slice(at + 1))})`);
  }
  const question = fs.readFileSync(path.join(fleet, "queries", name + ".sql"), "utf8");
  const answer = await connection.runAndReadAll(question);
  const plain = (key, value) => (typeof value === "bigint" ? Number(value) : value);
  console.log(JSON.stringify({ columns: answer.columnNames(), rows: answer.getRows() }, plain));
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
