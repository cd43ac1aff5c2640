// `npm start`: builds, then serves. Without arguments it shows the embedded example; with arguments they are the words
// after `serve`, so that `npm start -- --members-kubeconfig FILE` uses real clusters.
import './build.mjs';

const args = process.argv.slice(2);
const program = new URL('../../dist/clusterset-apiserver.js', import.meta.url);
process.argv = [process.argv[0], program.pathname, 'serve', ...(args.length === 0 ? ['--embedded'] : args)];
await import(program);
