// Rewrites apiservice/documents/meta-definitions.json from a running kube-apiserver:
//
//   kubectl get --raw /openapi/v2 | node test/golden/extract-meta-definitions.mjs
//
// The file holds the definitions below and all that they refer to, exactly as kube-apiserver publishes them: its
// aggregator renames a definition of ours that has one of these names and another content.
import { readFile, writeFile } from 'node:fs/promises';

const PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const ROOTS = ['ObjectMeta', 'ListMeta'];

const { definitions } = JSON.parse(await readFile('/dev/stdin', 'utf8'));
const wanted = new Set();
const add = (name) => {
  if (wanted.has(name)) return;
  wanted.add(name);
  for (const [, reference] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) add(reference);
};
for (const root of ROOTS) add(PREFIX + root);

const kept = Object.fromEntries([...wanted].sort().map((name) => [name, definitions[name]]));
const target = new URL('../../apiservice/documents/meta-definitions.json', import.meta.url);
await writeFile(target, `${JSON.stringify(kept, null, 2)}\n`);
