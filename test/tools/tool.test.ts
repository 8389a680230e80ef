import { expect, test } from 'vitest'
import * as z from 'zod'
import type { Schema } from '../../src/messages/schema.ts'
import { type Tool, makeTool as tool } from '../../src/tools/tool.ts'
import { runToolCalls } from '../../src/tools/tool-calls.ts'
import type { ToolContext } from '../../src/tools/tool-options.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

/** Tools that record when they begin and end, and that wait until they are released. */
function desk(modes: Record<string, Tool['mode']>) {
  const log: string[] = []
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const tools = Object.entries(modes).map(([name, mode]) => {
    gates.set(name, Promise.withResolvers())
    const run = async () => {
      log.push(`+${name}`)
      await gates.get(name)?.promise
      log.push(`-${name}`)
      return name
    }
    return [name, tool({ name, description: '', parameters: z.object({}), mode, run })] as const
  })
  const calls = Object.keys(modes).map((name) => ({ id: name, name, arguments: '' }))
  const signal = new AbortController().signal
  const contextOf = (): ToolContext => {
    return {
      callId: '',
      agent: '',
      idempotencyKey: '',
      signal,
      progress: () => {},
    }
  }
  const run = (most = 8) =>
    runToolCalls(calls, new Map(tools), (own, call) => own.call(call, contextOf()), most)
  return { log, run, open: (name: string) => gates.get(name)?.resolve() }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('parallel tools run at once, and their results stand in the order of the calls', async () => {
  const { log, run, open } = desk({ a: 'parallel', b: 'parallel' })
  const results = run()
  await settled()
  expect(log).toEqual(['+a', '+b'])
  open('b')
  await settled()
  open('a')
  expect((await results).map(({ content }) => content)).toEqual(['a', 'b'])
  expect(log).toEqual(['+a', '+b', '-b', '-a'])
})

test('serial ones wait for each other, and not for parallel ones', async () => {
  const { log, run, open } = desk({ a: 'serial', p: 'parallel', b: 'serial' })
  const results = run()
  await settled()
  expect(log).toEqual(['+a', '+p'])
  open('a')
  await settled()
  expect(log).toEqual(['+a', '+p', '-a', '+b'])
  open('p')
  open('b')
  await results
})

test('an exclusive one runs beside no other', async () => {
  const { log, run, open } = desk({ a: 'parallel', x: 'exclusive', b: 'serial' })
  const results = run()
  await settled()
  expect(log).toEqual(['+a'])
  open('a')
  await settled()
  expect(log).toEqual(['+a', '-a', '+x'])
  open('x')
  await settled()
  open('b')
  await results
  expect(log).toEqual(['+a', '-a', '+x', '-x', '+b', '-b'])
})

test('no more run at once than the cap allows', async () => {
  const { log, run, open } = desk({ a: 'parallel', b: 'parallel', c: 'parallel' })
  const results = run(2)
  await settled()
  expect(log).toEqual(['+a', '+b'])
  for (const name of ['a', 'b', 'c']) open(name)
  await results
})

const contextOf = (): ToolContext => ({
  ...{ callId: '1', agent: 'a', idempotencyKey: '1', signal: new AbortController().signal },
  progress: () => {},
})

test('a model is shown what goes into the parameters', () => {
  const parametersOf = (parameters: Schema) => {
    return tool({ name: 't', description: '', parameters, run: () => {} }).parameters
  }
  const at = z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })
  const shown = parametersOf(
    z.object({
      query: z.string(),
      limit: z.number().default(10),
      words: z.string().transform((text) => text.split(' ')),
      at,
      day: z.coerce.date(),
      count: z.preprocess(Number, z.number()).optional(),
    }),
  )
  expect(shown).toMatchObject({
    type: 'object',
    properties: {
      limit: { type: 'number', default: 10 },
      words: { type: 'string' },
      at: { type: 'string', format: 'date-time' },
      day: { type: 'string', format: 'date-time' },
      count: { type: 'number' },
    },
    additionalProperties: false,
  })
  expect(shown.required).toEqual(['query', 'words', 'at', 'day'])
  const either = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a') }),
    z.object({ kind: z.literal('b') }),
  ])
  expect(parametersOf(either)).toMatchObject({ type: 'object', oneOf: [{}, {}] })
  const tree: Schema = z.object({
    get children() {
      return z.array(tree as z.ZodType)
    },
  })
  for (const one of [tree, z.lazy(() => tree as z.ZodType)]) {
    expect(parametersOf(one)).toMatchObject({ type: 'object', properties: { children: {} } })
  }
  expect(parametersOf(z.object({ a: z.string() }).transform(({ a }) => a))).toMatchObject({
    properties: { a: { type: 'string' } },
  })
  const says = { input: () => ({ type: 'object', properties: { said: {} } }) }
  const standard = {
    version: 1,
    vendor: 'own',
    validate: (value: unknown) => ({ value }),
    jsonSchema: says,
  }
  expect(parametersOf({ '~standard': standard } as Schema)).toMatchObject({
    properties: { said: {} },
  })
})

test('a schema of another copy of zod, of a version that this one can not read, says what it takes', async () => {
  const asked: unknown[] = []
  let checks = 0
  const other = {
    _zod: { def: { type: 'parcel' } }, // a type that this version does not know
    '~standard': {
      version: 1,
      vendor: 'zod',
      validate: (value: object) => {
        checks += 1
        return { value: { ...value, weight: 1 } }
      },
      jsonSchema: {
        input: (options: object) => {
          asked.push(options)
          return { type: 'object', properties: { to: { type: 'string' } } }
        },
        output: () => ({ type: 'object', properties: { weight: {} } }),
      },
    },
  }
  const given: unknown[] = []
  const send = tool({
    ...{ name: 'send', description: '' },
    parameters: other as unknown as Schema,
    run: (args) => void given.push(args),
  })
  expect(send.parameters).toEqual({ type: 'object', properties: { to: { type: 'string' } } })
  expect(asked).toEqual([{ target: 'draft-2020-12' }])
  await send.call({ id: '1', name: 'send', arguments: '{"to":"Ann"}' }, contextOf())
  expect(given).toEqual([{ to: 'Ann', weight: 1 }])
  expect(checks).toBe(1)
})

test('what is run gets what comes out of the parameters', async () => {
  const given: unknown[] = []
  const add = tool({
    ...{ name: 't', description: '' },
    parameters: z.object({ limit: z.number().default(10), at: z.coerce.date().optional() }),
    run: (args) => void given.push(args),
  })
  for (const args of ['', '{"at":"2026-11-05"}']) {
    await add.call({ id: '1', name: 't', arguments: args }, contextOf())
  }
  expect(given).toEqual([{ limit: 10 }, { limit: 10, at: new Date('2026-11-05') }])
})

test.for<[string, unknown, string]>([
  ['a string', z.string(), 'object'],
  ['a list', z.array(z.string()), 'object'],
  ['a string or an object', z.union([z.string(), z.object({})]), 'object'],
  ['a date', z.object({ trip: z.object({ days: z.array(z.date()) }) }), 'trip.days[] is a date'],
  ['a bigint', z.object({ n: z.bigint() }), 'n is a bigint'],
  ['a map', z.object({ n: z.map(z.string(), z.string()) }), 'n is a map'],
  ['a value of one’s own', z.object({ n: z.instanceof(URL) }), 'n is a custom'],
  ['no schema', { n: 'string' }, 'Standard Schema'],
  ['nothing', undefined, 'Standard Schema'],
  ['a schema of another library', foreign(), 'jsonSchema'],
])(
  'parameters that are %s are refused where the tool is defined, by its name',
  async ([, parameters, part]) => {
    const define = () => {
      return tool({
        name: 'trips',
        description: '',
        parameters: parameters as Schema,
        run: () => {},
      })
    }
    await expectRefusal(define, 'HEDDLE_INVALID_TOOL', "'trips'", part)
  },
)

function foreign(): unknown {
  return { '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } }
}

test.for<[string, object]>([
  ['no function to run', { run: 'x' }],
  ['a mode that is none', { mode: 'slow' }],
  ['no description', { description: undefined }],
  ['a jsonSchema that is none', { jsonSchema: 'object' }],
  ['a jsonSchema of no object', { jsonSchema: { type: 'string' } }],
])('a tool with %s is refused', async ([, wrong]) => {
  const right = { name: 'trips', description: '', parameters: z.object({}), run: () => {} }
  const define = () => tool({ ...right, ...wrong } as never)
  await expectRefusal(define, 'HEDDLE_INVALID_TOOL', "'trips'")
})

class Account {
  readonly #owner = 'Ann'
  get owner() {
    return this.#owner
  }
}
const ring: unknown[] = []
ring.push(ring)

test.for<[string, unknown, string]>([
  ['a string', 'as it is', 'as it is'],
  ['nothing', undefined, '(nothing)'],
  ['null', null, 'null'],
  ['a bigint', { paid: 10n }, '{"paid":"10"}'],
  ['a ring', ring, '["[cycle]"]'],
  ['a map', new Map([['a', 1]]), '{"a":1}'],
  ['a set', new Set(['a']), '["a"]'],
  ['an error', new TypeError('not there'), '{"name":"TypeError","message":"not there"}'],
  ['a function', () => {}, '"[function]"'],
  ['an instance that hides its fields', new Account(), '"[Account]"'],
  ['bytes', new Uint8Array([1, 2]), '{"type":"Uint8Array","bytes":2,"base64":"AQI="}'],
])('a tool that gives %s has acted: the model is told so', async ([, value, told]) => {
  const pay = tool({ name: 'pay', description: '', parameters: z.object({}), run: () => value })
  const result = await pay.call({ id: '1', name: 'pay', arguments: '' }, contextOf())
  expect({
    ...result,
    content: String(result.content).replace('[function run]', '[function]'),
  }).toEqual({
    ...{ callId: '1', name: 'pay', isError: false },
    content: told,
  })
})

test.for<[string, () => unknown]>([
  ['a generator', function* () {}],
  ['an async generator', async function* () {}],
])('a tool whose run is %s is refused', async ([, run]) => {
  const define = () => tool({ name: 'trips', description: '', parameters: z.object({}), run })
  await expectRefusal(define, 'HEDDLE_INVALID_TOOL', "'trips'", 'generator')
})

test.for<[string, () => unknown, string]>([
  ['a generator', () => (function* () {})(), 'an iterator; return'],
  ['an async generator', () => (async function* () {})(), 'an async iterable; return'],
  ['an iterator', () => [1].values(), 'an iterator; return'],
  ['an iterator of a map', () => new Map().entries(), 'an iterator; return'],
  ['a stream', () => new ReadableStream(), 'an async iterable; return'],
  ['a response', () => new Response('hi'), 'a Response that nobody has read'],
  ['a promise of a response', async () => new Response('hi'), 'a Response that nobody has read'],
  ['a blob', () => new Blob(['hi']), 'a Blob that nobody has read'],
])('a tool that gives %s is reported as an error, with what to do', async ([, run, part]) => {
  const get = tool({ name: 'get', description: '', parameters: z.object({}), run })
  const result = await get.call({ id: '1', name: 'get', arguments: '' }, contextOf())
  expect(result).toMatchObject({ isError: true, content: expect.stringContaining(part) })
  expect(result.content).toContain('the tool ran')
})

test('a schema that throws is an answer to the model', async () => {
  const parameters = z.object({}).transform(() => {
    throw new Error('no scales')
  })
  const weigh = tool({ name: 'weigh', description: '', parameters, run: () => {} })
  const result = await weigh.call({ id: '1', name: 'weigh', arguments: '' }, contextOf())
  expect(result).toMatchObject({ isError: true, content: expect.stringContaining('no scales') })
})
