/** The JSON schema of the model file, held against what the tests make. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../../../schema/model.schema.json', import.meta.url));

type Validate = ((document: unknown) => boolean) & { readonly errors?: readonly object[] | null };

let compiled: Promise<Validate> | undefined;

/** Compiled once in a process, where there is something to check. */
function validator(): Promise<Validate> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<Validate> {
  // by a name that the compiler does not follow
  const name = 'ajv/dist/2020.js';
  const { Ajv2020 } = await import(name);
  return new Ajv2020({ strict: true, allErrors: false }).compile(JSON.parse(readFileSync(path, 'utf8')));
}

/** What is wrong with a document; undefined when nothing is. */
export async function modelFault(document: unknown): Promise<string | undefined> {
  const validate = await validator();
  return validate(document) ? undefined : JSON.stringify(validate.errors);
}

/** @throws AssertionError where a text is a model that the schema does not have; other texts are none of its business */
async function requireSchema(text: string): Promise<void> {
  if (!text.startsWith('{\n  "format": "bce-train model"')) return;
  const fault = await modelFault(JSON.parse(text)).catch((error) => {
    // before npm ci; test/model/schema.test.ts fails then
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
  assert.equal(fault, undefined);
}

/** Looks at every model that a command has written to standard output or to `-o`. */
export async function requireSchemaOf(args: readonly string[], stdout: string, code: number): Promise<void> {
  await requireSchema(stdout);
  const at = args.findIndex((arg) => arg === '-o' || arg === '--output');
  const file = at < 0 ? undefined : args[at + 1];
  if (code === 0 && file?.endsWith('.json') && existsSync(file))
    await requireSchema(readFileSync(file, 'utf8'));
}
