/** The report of signatures shows each change that a user's compiler may see, and no other. */
import { describe, expect, test } from 'vitest'
import { signaturesOf } from '../scripts/signatures.ts'

const INDEX =
  "export { ask, type Options } from './ask.ts';\nexport type { Box } from './box.ts';\n"
const ASK = `import type { Box as Held } from './box.ts';
/** How it asks. Not shown. */
export interface Options {
    /** How often. Default 3. */
    readonly attempts?: number;
    /**
     * Where from: \`here\` (the default) or
     * \`there\`. Not that.
     */
    readonly from: 'here' | 'there';
}
interface Answer {
    readonly held: Held<string>;
    readonly kind: import("./kinds.ts").Kind;
}
interface Unused {
    readonly a: 1;
}
/** Asks. */
export declare function ask(question: string): Answer;
/** Asks with options. */
export declare function ask(question: string, options: Options): Promise<Answer>;
export {};
`
const BOX = `/** Holds a value. */
export declare class Box<T> {
    #private;
    /** Why. */
    readonly value: T;
    /** @internal */
    look(): Secret;
    static of<T>(value: T): Box<T>;
    constructor(value: T);
}
export interface Secret {
    readonly a: 1;
}
`
const KINDS = `export type Kind = 
/** The first. */
{
    readonly kind: 'first';
}
/** The second. */
 | {
    readonly kind: 'second';
};
`
const TEXTS = { 'index.d.ts': INDEX, 'ask.d.ts': ASK, 'box.d.ts': BOX, 'kinds.d.ts': KINDS }

type Texts = Readonly<Record<string, string>>

function report(texts: Texts = TEXTS): string {
  return signaturesOf(new Map(Object.entries(texts)), { pkg: 'index.d.ts' })
}

/**
 * The lines that are only in the report of the changed file, and those that are only in the other.
 */
function difference(path: keyof typeof TEXTS, from: string, to: string): string[] {
  expect(TEXTS[path]).toContain(from)
  const before = report().split('\n')
  const after = report({ ...TEXTS, [path]: TEXTS[path].replace(from, () => to) }).split('\n')
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `-${line.trim()}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+${line.trim()}`),
  ]
}

test('it lists what is exported and what that names, by name, without docstrings', () => {
  const [head, ...declarations] = report().split('\n\n')
  expect(head).toMatch(/^What a program can name/)
  expect(declarations.join('\n\n')).toBe(`// not exported
interface Answer {
    readonly held: Box<string>;
    readonly kind: Kind;
}

// pkg
class Box<T> {
    readonly value: T;
}

// not exported
type Kind = {
    readonly kind: 'first';
} | {
    readonly kind: 'second';
};

// pkg
interface Options {
    // Default 3.
    readonly attempts?: number;
    // Where from: \`here\` (the default) or \`there\`.
    readonly from: 'here' | 'there';
}

// pkg
function ask(question: string): Answer;
function ask(question: string, options: Options): Promise<Answer>;
`)
})

describe('it shows', () => {
  test.each([
    [
      'the type of a parameter',
      'question: string)',
      'question: URL)',
      ['-function ask(question: string): Answer;', '+function ask(question: URL): Answer;'],
    ],
    [
      'an optional field',
      'interface Options {',
      'interface Options {\n    more?: 1;',
      ['+more?: 1;'],
    ],
    [
      'an overload that is gone',
      'export declare function ask(question: string): Answer;\n',
      '',
      ['-function ask(question: string): Answer;'],
    ],
    ['a default', 'Default 3.', 'Default 4.', ['-// Default 3.', '+// Default 4.']],
    ['a mark', 'readonly kind: import', 'kind: import', ['-readonly kind: Kind;', '+kind: Kind;']],
  ])('%s', (_, from, to, expected) => {
    expect(difference('ask.d.ts', from, to)).toEqual(expected)
  })

  test('a field of a type that is only named by another', () => {
    const changed = ["-readonly kind: 'second';", "+readonly kind: 'other';"]
    expect(difference('kinds.d.ts', "'second'", "'other'")).toEqual(changed)
  })

  test('the constructor and the statics of a class whose value is exported', () => {
    const more = ['+static of<T>(value: T): Box<T>;', '+constructor(value: T);']
    expect(difference('index.d.ts', 'export type { Box }', 'export { Box }')).toEqual(more)
  })

  test('a class that is not exported by its name alone, and whole where another extends it', () => {
    const unexported = { ...TEXTS, 'index.d.ts': "export { ask } from './ask.ts';\n" }
    expect(report(unexported)).toContain('// not exported\nclass Box<T> {\n}\n')
    const index = `import { Box } from './box.ts';
export type Boxes = Box<1>[];
export declare class Own extends Box<1> {
}
`
    const extended = report({ ...unexported, 'index.d.ts': index })
    expect(extended).toContain('// not exported\nclass Box<T> {\n    readonly value: T;\n')
  })

  test('a new name of an export, and the files of namesakes', () => {
    const index =
      "export { ask as default } from './ask.ts';\nexport type { Answer } from './b.ts';\n"
    const b = 'export interface Answer {\n    readonly b: 1;\n}\n'
    const shown = report({ ...TEXTS, 'index.d.ts': index, 'b.d.ts': b })
    expect(shown).toContain('// pkg as default\nfunction ask')
    expect(shown).toContain('// not exported, in ask.d.ts\ninterface Answer')
    expect(shown).toContain('// pkg, in b.d.ts\ninterface Answer')
  })
})

describe('it does not show', () => {
  test.each([
    ['a docstring', 'Asks with options.', 'Asks, with options.'],
    ['words that say nothing of a default', 'Not that.', 'Nor this.'],
    ['what nothing public names', 'readonly a: 1', 'readonly a: 2'],
    ['the order of declarations', '/** Asks. */', 'type Other = 1;\n/** Asks. */'],
  ])('%s', (_, from, to) => {
    expect(difference('ask.d.ts', from, to)).toEqual([])
  })

  test('a private field, and what is internal', () => {
    expect(difference('box.d.ts', '    #private;\n', '')).toEqual([])
    expect(difference('box.d.ts', 'look(): Secret', 'look(): string')).toEqual([])
  })

  test('the comment of a choice', () => {
    expect(difference('kinds.d.ts', '\n/** The second. */\n', '')).toEqual([])
    expect(difference('kinds.d.ts', '\n/** The first. */\n', '')).toEqual([])
  })

  test('where a declaration stands', () => {
    const moved = { ...TEXTS, 'ask.d.ts': ASK.replace('./box.ts', './crate.ts'), 'crate.d.ts': BOX }
    moved['index.d.ts'] = INDEX.replace('./box.ts', './crate.ts')
    expect(report(moved)).toBe(report())
  })
})

test('an entry without a file is an error', () => {
  expect(() => signaturesOf(new Map(), { pkg: 'index.d.ts' })).toThrow('pkg has no declaration')
})
