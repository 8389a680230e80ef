import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { MAX_BRACKETS, MAX_LEVELS, MAX_UNCHAINED_LEVELS } from '../../examples/audit/depth.ts'
import { measureFile } from '../../examples/audit/measure.ts'

/** The levels around what is nested: a statement, a body, an assignment. */
const AROUND = 20

type Shape = (depth: number) => string
const around = (open: string, middle: string, close: string): Shape => {
  return (depth) => open.repeat(depth) + middle + close.repeat(depth)
}

/** Each shape nests one bracket per step, and stays within all bounds at the allowed number. */
const BRACKETS: Record<string, Shape> = {
  lists: around('[', '', ']'),
  groups: around('(', '1', ')'),
  calls: around('f(', '1', ')'),
  arrows: around('(a => ', '1', ')'),
  blocks: around('{', '', '}'),
  conditions: around('a ? (', '1', ') : 2'),
  texts: around('`${', '1', '}`'),
}
const TYPES: Record<string, Shape> = {
  'lists of types': (depth) => `type A = ${around('[', 'B', ']')(depth)}`,
  'typed arrows': around('(async <T,>(a: T): T => ', '1', ')'),
}
const CHAINS: Record<string, Shape> = {
  sums: (length) => `x = ${'1 + '.repeat(length)}1`,
  'else if': (length) => `${'if (a) {} else '.repeat(length)}{}`,
  'nested conditions': (length) => `x = ${'a ? 1 : '.repeat(length)}2`,
  assignments: (length) => `${'a = '.repeat(length)}1`,
}
const TREES: Record<string, Shape> = {
  'type arguments': (depth) => `type A = ${around('B<', 'C', '>')(depth / 2)}`,
  'curried arrows': (depth) => `x = ${'a => '.repeat(depth)}1`,
  'new of new': (depth) => `${'new '.repeat(depth)}a`,
}

const cases = (shapes: Record<string, Shape>, path: string, bound: number) => {
  return Object.entries(shapes).map(([name, shape]) => ({ name, shape, path, bound }))
}

describe('nesting', () => {
  test.each([
    ...cases(BRACKETS, 'a.js', MAX_BRACKETS),
    ...cases(BRACKETS, 'a.ts', MAX_BRACKETS),
    ...cases(TYPES, 'a.ts', MAX_BRACKETS),
    ...cases(CHAINS, 'a.js', MAX_LEVELS),
    ...cases(TREES, 'a.ts', MAX_UNCHAINED_LEVELS),
  ])('$name in $path: parsed up to the bound, and beyond it too deep', ({ shape, path, bound }) => {
    const within = measureFile(path, shape(bound - AROUND))
    expect(within).toMatchObject({ kind: 'measured' })
    for (const depth of [bound + 1, 50 * bound]) {
      expect(measureFile(path, shape(depth))).toMatchObject({
        kind: 'unparsable',
        reason: 'nested too deeply',
      })
    }
  })

  test('the thread makes no difference: what one stack could hold and another not is too deep', async () => {
    // About 500 brackets overflow the main thread's stack, and 5,000 that of a worker.
    const texts = [100, 199, 201, 480, 700, 2_000, 6_000].map(
      (depth) => `x = ${BRACKETS.lists?.(depth)}`,
    )
    const here = texts.map((text) => measureFile('a.js', text).kind)
    expect(here).toEqual(['measured', 'measured', ...Array(5).fill('unparsable')])
    const module = new URL('../../examples/audit/measure.ts', import.meta.url)
    const worker = new Worker(
      `const { parentPort, workerData: { module, texts } } = require('node:worker_threads')
       import(module).then(({ measureFile }) => {
         parentPort.postMessage(texts.map((text) => measureFile('a.js', text).kind))
       })`,
      { eval: true, workerData: { module: module.href, texts } },
    )
    const there = await new Promise((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
    })
    await worker.terminate()
    expect(there).toEqual(here)
  })
})

test('a byte order mark before #! is not part of the text, and zero bytes mean a binary', () => {
  expect(measureFile('a.js', 'const a = "\0"').kind).toBe('measured')
  expect(measureFile('a.ts', 'G\0\0')).toMatchObject({ reason: 'binary: it has a zero byte' })
})
