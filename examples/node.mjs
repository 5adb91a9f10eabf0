/** Which VMs of an export start: node examples/node.mjs FILE... */
import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { analyze } from "varscope";

const files = process.argv.slice(2);
const sources = await Promise.all(
  files.map(async (file) => ({ name: basename(file), data: await openAsBlob(file) })),
);
const { inputs } = await analyze(sources);
for (const { path, vms } of inputs)
  for (const { nameLabel, verdict } of vms) console.log(`${path}: ${nameLabel}: ${verdict}`);
