/**
 * The build: `node build.mjs` makes dist/, and only what has changed of it; `--watch` goes on doing so.
 *
 *   dist/src, dist/bin, ...     plain output of tsc: the library, the tests, the benches
 *   dist/bce-train.cjs, ...     how the commands start
 *   dist/bce-train.bundle.cjs, bce-train.rest.cjs, ...   what every run of a command loads, and what few do
 *   dist/worker.cjs             their threads
 *   dist/kernel.wasm, scan.wasm, scanComma.wasm   compiled from assembly/
 *   dist/report.js, report.css  what a report holds, from page/
 *   dist/man, dist/completions, docs/reference.md   made of the table of options
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const at = (path) => join(root, path);
const COMMANDS = ['bce-train', 'bce-predict'];
const CODE = ['src', 'bin', 'test', 'bench'];
/** What was built from what, by step. */
const STAMPS = at('dist/.stamps.json');

const common = { absWorkingDir: root, bundle: true, logLevel: 'warning' };
const node = { ...common, platform: 'node', target: 'node20' };

const steps = {
  code: {
    inputs: [...CODE, 'tsconfig.json'],
    outputs: ['dist/src/index.js'],
    async make() {
      removeStale();
      await tsc();
      // the packages of the normal distribution are many: they go into the one module that needs them
      const normal = at('dist/src/math/normal.js');
      await build({
        ...node,
        entryPoints: [normal],
        outfile: normal,
        allowOverwrite: true,
        format: 'esm',
        minifyWhitespace: true,
        minifySyntax: true,
        legalComments: 'external',
      });
    },
  },
  page: {
    inputs: ['page', 'src/report/html'],
    outputs: ['dist/report.js', 'dist/report.css'],
    async make() {
      const browser = { ...common, minify: true, target: 'es2022' };
      const licence = readFileSync(at('node_modules/uplot/LICENSE'), 'utf8');
      const banner = { js: `/*! uPlot, in this script: ${licence.trimEnd()} */` };
      await Promise.all([
        build({
          ...browser,
          entryPoints: ['page/main.ts'],
          outfile: 'dist/report.js',
          format: 'iife',
          banner,
        }),
        build({ ...browser, entryPoints: ['page/page.css'], outfile: 'dist/report.css' }),
      ]);
    },
  },
  kernel: webAssembly('kernel', 'kernel', 'kernel', '--converge'),
  scanner: webAssembly('scanner', 'scan', 'scan', '--use', 'DECIMAL_MARK=46'),
  scannerOfCommas: webAssembly('scanner', 'scan', 'scanComma', '--use', 'DECIMAL_MARK=44'),
};

/** What follows from the code, once that is compiled. */
const documents = {
  inputs: ['dist/src/options', 'dist/src/version.js'],
  outputs: [
    'docs/reference.md',
    'dist/man/bce-train.1',
    'dist/man/bce-predict.1',
    ...['bash', 'zsh', 'fish'].map((shell) => `dist/completions/bce-train.${shell}`),
  ],
  async make() {
    // another address each time: a module that is imported again is not read again
    const load = (module) => import(`${pathToFileURL(at(`dist/src/${module}`))}?${Date.now()}`);
    const [{ TRAIN_TEXT, PREDICT_TEXT }, { TRAIN }, { PREDICT }] = await Promise.all([
      load('options/commands.js'),
      load('options/train.js'),
      load('options/predict.js'),
    ]);
    const [{ reference }, { manPage }, { completions }] = await Promise.all([
      load('options/documents/reference.js'),
      load('options/documents/man.js'),
      load('options/documents/completions.js'),
    ]);
    const commands = [
      { command: TRAIN_TEXT, table: TRAIN },
      { command: PREDICT_TEXT, table: PREDICT },
    ];
    for (const folder of ['dist/man', 'dist/completions']) mkdirSync(at(folder), { recursive: true });
    writeFileSync(at('docs/reference.md'), reference(commands));
    for (const [k, { command, table }] of commands.entries()) {
      const others = [commands[1 - k].command.name];
      writeFileSync(at(`dist/man/${command.name}.1`), manPage(command, table, others));
    }
    const completed = commands.map(({ command, table }) => ({ name: command.name, table }));
    for (const shell of ['bash', 'zsh', 'fish']) {
      writeFileSync(at(`dist/completions/bce-train.${shell}`), completions(shell, completed));
    }
  },
};

/** And the commands in two files each, of which most runs load the first alone. */
const bundles = {
  inputs: ['dist/src', 'dist/bin'],
  outputs: [
    ...COMMANDS.flatMap((name) => [`dist/${name}.cjs`, `dist/${name}.bundle.cjs`, `dist/${name}.rest.cjs`]),
    'dist/LICENSES.txt',
    'dist/worker.cjs',
  ],
  async make() {
    const [inputs] = await Promise.all([
      Promise.all(COMMANDS.map(bundleCommand)),
      build({ ...bundled, entryPoints: ['dist/src/worker.js'], outfile: 'dist/worker.cjs' }),
    ]);
    writeFileSync(at('dist/LICENSES.txt'), licencesOf(inputs.flat()));
  },
};

const bundled = {
  ...node,
  format: 'cjs',
  // see src/runtime/files.ts, whose other way, by import.meta, is not gone then
  banner: {
    js: "'use strict'; const BUNDLE_FOLDER = require('node:url').pathToFileURL(__dirname + '/');",
  },
  logOverride: { 'empty-import-meta': 'silent' },
};

/**
 * A script that is the function of its module, as bin/start.ts runs it: to wrap the text there would copy it at every start.
 * As a module of node, which has wrapped it already, it runs that function.
 */
const wrapped = {
  banner: {
    js: `((run) => typeof module === 'undefined' ? run : run(exports, require, module, __dirname))(function (exports, require, module, __dirname) {${bundled.banner.js}`,
  },
  footer: { js: '});' },
};

const ofCommand = {
  ...bundled,
  ...wrapped,
  // its other form asks where it lies, and a bundle lies elsewhere
  alias: { tinyglobby: require.resolve('tinyglobby') },
  // the client is large, and is asked for where a server is, which takes longer
  external: ['@clickhouse/client'],
  // `import()` of a script that did not come from a file is refused
  // and templates, whose text cannot be escaped, would keep the script from being ASCII
  supported: { 'dynamic-import': false, 'template-literal': false },
  // names stay, for the stacks of --verbose
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
};

/**
 * What a command loads at its start goes into one file, and what its `import()` asks for into another, which uses the
 * modules of the first.
 *
 * @returns the files that went into them
 */
async function bundleCommand(name) {
  const asked = new Set();
  const core = (contents) =>
    build({
      ...ofCommand,
      stdin: { contents, resolveDir: root },
      outfile: `dist/${name}.bundle.cjs`,
      plugins: [lazy('child_process'), askingFor(asked, name)],
    });
  const begin = `import './dist/bin/${name}.js';`;
  const { metafile: first } = await core(begin);
  const shared = new Map();
  const rest = await build({
    ...ofCommand,
    stdin: {
      contents: [...asked]
        .map((path) => `exports[${JSON.stringify(path)}] = () => import('${path}');`)
        .join('\n'),
      resolveDir: root,
    },
    outfile: `dist/${name}.rest.cjs`,
    plugins: [lazy('child_process'), sharing(first, shared, name)],
  });
  await core(`${begin}\n${sharedOf(shared)}`);
  const hash = createHash('sha256');
  for (const file of [`dist/${name}.bundle.cjs`, `dist/${name}.rest.cjs`]) {
    const code = readFileSync(at(file));
    if (code.some((byte) => byte > 127)) throw new Error(`${file}: expected ASCII`);
    hash.update(code);
  }
  await build({
    ...node,
    entryPoints: ['dist/bin/start.js'],
    outfile: `dist/${name}.cjs`,
    format: 'cjs',
    minify: true,
    define: {
      COMMAND: JSON.stringify(name),
      BUNDLE_HASH: JSON.stringify(hash.digest('hex').slice(0, 16)),
    },
  });
  chmodSync(at(`dist/${name}.cjs`), 0o755);
  return [first, rest.metafile].flatMap(({ inputs }) => Object.keys(inputs));
}

/** Modules of ours, compiled. */
const OURS = /[/\\]dist[/\\](src|bin)[/\\].*\.js$/;

/** Packages that are loaded late, but on every terminal. */
const KEPT = ['chalk'];

/** Has `import()` ask the other file for a module, and notes for which. */
function askingFor(asked, name) {
  const ask = (path) => {
    asked.add(path);
    return `Promise.resolve().then(() => require('./${name}.rest.cjs')[${JSON.stringify(path)}]())`;
  };
  return {
    name: 'asking for the rest',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\.rest\.cjs$/ }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: OURS }, ({ path: file }) => ({
        contents: readFileSync(file, 'utf8').replace(/\bimport\('([^']+)'\)/g, (whole, path) => {
          if (path.startsWith('node:') || KEPT.includes(path)) return whole;
          if (!path.startsWith('.')) return ask(path);
          return ask(`./${nameOf(join(dirname(file), path))}`);
        }),
      }));
    },
  };
}

/** Has our modules that are in the first file taken from there, and notes which names of them. */
function sharing({ inputs }, shared, name) {
  const isShared = (file) => file.startsWith('dist/') && file in inputs;
  return {
    name: 'sharing with the first file',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.bundle\.cjs$/ }, ({ path }) => ({ path, external: true }));
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const file = nameOf(join(resolveDir, path));
        return isShared(file) ? { path: file, namespace: 'first' } : undefined;
      });
      onLoad({ filter: OURS }, ({ path: importer }) => {
        const contents = readFileSync(importer, 'utf8');
        for (const [, names, path] of contents.matchAll(/^import \{ ([^}]+) \} from '(\..+)';/gm)) {
          const file = nameOf(join(dirname(importer), path));
          if (!isShared(file)) continue;
          if (!shared.has(file)) shared.set(file, new Set());
          for (const one of names.split(', '))
            shared.get(file).add(one.replace(/ as .*/, '').replace(/,$/, ''));
        }
        return { contents };
      });
      onLoad({ filter: /.*/, namespace: 'first' }, ({ path }) => ({
        contents: `module.exports = require('./${name}.bundle.cjs').shared()['${path}'];`,
      }));
    },
  };
}

/** A function that gives what is shared: of no use in most runs, it costs them nothing. */
function sharedOf(shared) {
  const all = [...shared].map(([path, names], k) => ({
    path,
    names: [...names].map((name) => ({ name, as: `${name}_${k}` })),
  }));
  const inBraces = (names, between) => `{ ${names.map(({ name, as }) => name + between + as).join(', ')} }`;
  const imports = all.map(({ path, names }) => `import ${inBraces(names, ' as ')} from './${path}';`);
  const entries = all.map(({ path, names }) => `'${path}': ${inBraces(names, ': ')}`);
  return `${imports.join('\n')}\nexport const shared = () => ({ ${entries.join(',\n')} });`;
}

/** Has a module of node that packages ask for at their beginning loaded once something of it is used, which may be never. */
function lazy(builtin) {
  const name = `node:${builtin}`;
  const getters = Object.keys(require(name)).map(
    (key) => `get ${key}() { return require('${name}').${key}; }`,
  );
  return {
    name: 'lazy',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${name}$`) }, ({ path, namespace }) =>
        namespace === 'lazy' ? { path, external: true } : { path, namespace: 'lazy' },
      );
      onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
        contents: `module.exports = { ${getters.join(',\n')} };`,
      }));
    },
  };
}

/** The licences of the packages that files of a bundle came from. */
function licencesOf(inputs) {
  const packages = inputs.map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]);
  const texts = [...new Set(packages)].filter((name) => name !== undefined).sort();
  return texts
    .map((name) => {
      const folder = at(`node_modules/${name}`);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name}: expected a licence, found none`);
      return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(72)}\n\n`);
}

/** @param name of what is made of the module `entry` */
function webAssembly(folder, entry, name, ...flags) {
  return {
    inputs: [
      'assembly',
      'src/math/choleskyLayout.ts',
      'src/source/scan/layout.ts',
      'src/objective/simd/layout.ts',
      'src/storage/narrowLayout.ts',
    ],
    outputs: [`dist/${name}.wasm`],
    async make() {
      const { default: asc } = await import('assemblyscript/asc');
      const { error, stderr } = await asc.main([
        at(`assembly/${folder}/${entry}.ts`),
        ...flags,
        ...[
          '--baseDir',
          root,
          '--config',
          at('assembly/asconfig.json'),
          '--outFile',
          at(`dist/${name}.wasm`),
        ],
      ]);
      if (error !== null) throw new Error(`${error.message}\n${stderr}`);
    },
  };
}

function tsc() {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, '-p', root], { stdio: 'inherit', cwd: root });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error('tsc found errors'))));
  });
}

/** Removes what was compiled from files that are no more. */
function removeStale() {
  for (const folder of CODE) {
    for (const file of filesIn(`dist/${folder}`)) {
      const source = file.slice('dist/'.length).replace(/(\.d\.ts|\.js|\.js\.LEGAL\.txt)$/, '.ts');
      if (!existsSync(at(source))) rmSync(at(file));
    }
  }
}

/** A path from the root on, as metafiles have it. */
function nameOf(path) {
  return path.slice(root.length + 1).replaceAll('\\', '/');
}

function filesIn(path) {
  if (!existsSync(at(path))) return [];
  if (!statSync(at(path)).isDirectory()) return [path];
  return readdirSync(at(path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => nameOf(join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The contents of all inputs, this script and the versions of its tools, as one text. */
function stampOf({ inputs }) {
  const hash = createHash('sha256');
  for (const file of [...inputs.flatMap(filesIn), 'build.mjs', 'package-lock.json']) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(at(file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Makes what a step makes, unless it has been made of the same. */
async function run(name, step, stamps) {
  const stamp = stampOf(step);
  if (stamps[name] === stamp && step.outputs.every((file) => existsSync(at(file)))) return;
  delete stamps[name];
  await step.make();
  stamps[name] = stamp;
}

async function buildAll() {
  mkdirSync(at('dist'), { recursive: true });
  const stamps = existsSync(STAMPS) ? JSON.parse(readFileSync(STAMPS, 'utf8')) : {};
  const results = await Promise.allSettled(
    Object.entries(steps).map(([name, step]) => run(name, step, stamps)),
  );
  const failed = results.find(({ status }) => status === 'rejected');
  try {
    if (failed !== undefined) throw failed.reason;
    await Promise.all([run('bundles', bundles, stamps), run('documents', documents, stamps)]);
  } finally {
    writeFileSync(STAMPS, JSON.stringify(stamps));
  }
}

async function attempt() {
  try {
    await buildAll();
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

if (process.argv.includes('--watch')) {
  let waiting;
  let building = attempt();
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      building = building.then(attempt).then((isDone) => isDone && console.error('built'));
    }, 50);
  };
  for (const folder of [...CODE, 'assembly', 'page']) watch(at(folder), { recursive: true }, later);
  console.error('watching; Ctrl-C ends it');
} else if (!(await attempt())) {
  process.exitCode = 1;
}
