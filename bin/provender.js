#!/usr/bin/env node
// Starts the program: the TypeScript sources in a checkout, the compiled ones in an installed package. Plain JavaScript
// that old Node versions can read too, because it is what tells them that they are too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
// As a whole: an old Node refuses to load what names something that it does not have.
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 24;
const here = dirname(fileURLToPath(import.meta.url));

/** The Node of the npm package `node`: a devDependency in a checkout, a neighbour of a global installation. */
function packagedNode() {
  try {
    const folder = dirname(nodeModule.createRequire(import.meta.url).resolve('node/package.json'));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, PROVENDER_STARTED_WITH: process.version },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`provender: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Node 24 before 24.12 warns at every start that it strips types. Nobody who runs this can do anything about it. */
function hushTypeStripping() {
  const emit = process.emit;
  process.emit = function filtered(name, warning, ...rest) {
    if (name === 'warning' && warning?.name === 'ExperimentalWarning' && /type stripping/i.test(warning.message)) {
      return false;
    }
    return emit.call(this, name, warning, ...rest);
  };
}

/**
 * Keeps what Node makes of each source (types stripped, compiled) for the next start of this checkout: half of the CPU of a
 * start. Not in the shared folder for temporary files that Node would take, where others could leave code for us; an
 * installed package has nothing to strip, and often a folder that it may not write.
 */
function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  nodeModule.enableCompileCache(join(here, '..', 'node_modules', '.cache', 'provender'));
  // Written at the end otherwise, which a program that is killed does not reach.
  setTimeout(() => nodeModule.flushCompileCache(), 3000).unref();
}

/** Commands that run for weeks. */
const LASTING = ['start', 'api', 'worker'];
/**
 * MiB of each half of what Node keeps for young objects. Of its own accord it takes 64 on a machine with much memory, so
 * 128 for what 64 do as well; with 16 a harvest costs a tenth more CPU.
 */
const YOUNG = '--max-semi-space-size=32';

/**
 * Becomes the same program with the flag, which Node reads only as it begins: the same process, with its files and its
 * place below whoever started it. Returns where that cannot be done, or the operator has chosen already.
 */
function becomeSmaller() {
  if (!LASTING.includes(process.argv[2])) return;
  const chosen = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  if (/semi[-_]space[-_]size/.test(chosen)) return;
  // Windows has no such call. `node --permission` may forbid it. A channel to who forked us would be lost.
  if (process.platform === 'win32' || typeof process.execve !== 'function') return;
  if (process.permission !== undefined || process.channel !== undefined) return;
  process.execve(process.execPath, [process.argv0, ...process.execArgv, YOUNG, ...process.argv.slice(1)], process.env);
}

async function runHere() {
  const sources = join(here, '..', 'src', 'main.ts');
  const compiled = join(here, '..', 'dist', 'src', 'main.js');
  // Packing ships dist only, so sources beside us mean a checkout, and there they are newer than any dist.
  const file = existsSync(sources) ? sources : compiled;
  if (!existsSync(file)) {
    process.stderr.write(
      `provender: ${compiled} is missing: this package was not built. Run npm run build, or install it again.\n`,
    );
    process.exitCode = 2;
    return;
  }
  if (file === sources) keepCompiled();
  hushTypeStripping();
  const { main } = await import(pathToFileURL(file).href);
  await main(process.argv.slice(2));
}

const major = Number(process.version.slice(1).split('.')[0]);
if (major >= NEEDED) {
  becomeSmaller();
  await runHere();
} else {
  const node = process.env.PROVENDER_STARTED_WITH === undefined ? packagedNode() : null;
  if (node !== null) {
    runWith(node);
  } else {
    process.stderr.write(
      `provender: Provender needs Node ${NEEDED} or newer, this is ${process.version}. ` +
        `Install it from your system's packages or nodejs.org, or beside Provender with: npm install -g node@${NEEDED}\n`,
    );
    process.exitCode = 2;
  }
}
