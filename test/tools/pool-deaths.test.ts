import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { flaky } from '../fixtures/tools/flaky.tools.ts'
import { EMPTY, poolRig } from '../fixtures/tools/pool-rig.ts'
import * as tools from '../fixtures/tools/steady.tools.ts'

const module = tools.add.module
const twins = new URL('twins.tools.ts', module).href

test.for([
  ['exit', 'code 7'],
  ['throw', 'thrown outside'],
  ['reject', 'rejected outside'],
])('a thread that ends by %s fails its call alone', async ([by, part]) => {
  const { pool, start } = poolRig()
  const beside = start(tools.wait)
  await beside.begun
  const run = start(tools.die, { by })
  await expect(run.result).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_DIED',
    fields: { tool: 'die' },
    message: expect.stringContaining(part as string),
  })
  expect(run.shown).toEqual(['begun'])
  await run.letGo
  expect(pool.stats).toMatchObject({ threads: 1, running: 1 })
  beside.abort()
  await beside.letGo
  await expect(start(tools.add, { a: 1 }).result).resolves.toBe(2)
})

test('a heap that is full ends its thread alone', async () => {
  const { pool, start } = poolRig()
  const beside = start(tools.wait)
  await beside.begun
  const run = start(tools.fill)
  await expect(run.result).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_OUT_OF_MEMORY',
    fields: { tool: 'fill', limitMb: 24 },
  })
  await run.letGo
  expect(pool.stats).toMatchObject({ threads: 1, running: 1 })
  beside.abort()
  await beside.letGo
})

test.for([
  ['hangs', tools.hang, 200],
  ['computes for ever', tools.spin, 400],
] as const)('a tool that %s is ended when its time is over', async ([, tool, limitMs]) => {
  const clock = new ManualClock()
  const { pool, start } = poolRig({ clock })
  const run = start(tool)
  // The clock stands still until the tool has begun: loading is not part of its time.
  await until(() => clock.pending === 1 && clock.due === limitMs)
  clock.advance(limitMs - 1)
  expect(pool.stats).toMatchObject({ running: 1 })
  clock.advance(1)
  const fields = { tool: tool.name, limitMs }
  await expect(run.result).rejects.toMatchObject({ code: 'HEDDLE_TOOL_TIMEOUT', fields })
  await run.letGo
  expect(pool.stats).toEqual({ ...EMPTY, threads: 0, idle: 0 })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test.for<[string, object, string]>([
  ['is not there', { module: new URL('nowhere.ts', module).href }, 'nowhere.ts'],
  ['does not export the tool', { name: 'hidden' }, 'export what defineTool returns'],
  ['has two tools of the name', { module: twins, name: 'file' }, 'two tools of this name'],
  ['throws', { module: new URL('broken.tools.ts', module).href }, 'broken on purpose'],
  ['ends the thread', { module: new URL('leaving.tools.ts', module).href }, 'code 3'],
])('a module that %s fails the call, and says what to do', async ([, wrong, part]) => {
  const { pool, start } = poolRig()
  const run = start(tools.add, { a: 1 }, wrong)
  await expect(run.result).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_LOAD_FAILED',
    message: expect.stringContaining(part),
  })
  await run.letGo
  expect(pool.stats).toMatchObject(EMPTY)
  await expect(start(tools.add, { a: 1 }).result).resolves.toBe(2)
})

test('a module that could not be loaded can be loaded later', async () => {
  const READY = join(tempFolder('flaky'), 'ready')
  const { start } = poolRig({ threads: 1, env: { ...process.env, READY } as never })
  await expect(start(flaky).result).rejects.toMatchObject({ code: 'HEDDLE_TOOL_LOAD_FAILED' })
  writeFileSync(READY, '')
  await expect(start(flaky).result).resolves.toBe('ready')
})

test('a module that is never loaded ends its thread', async () => {
  const clock = new ManualClock()
  const { pool, start } = poolRig({ clock })
  const run = start(tools.add, { a: 1 }, { module: new URL('endless.tools.ts', module).href })
  clock.advance(30_000)
  await expect(run.result).rejects.toMatchObject({ code: 'HEDDLE_TOOL_LOAD_FAILED' })
  await run.letGo
  expect(pool.stats.threads).toBe(0)
})

test('a thread whose file is not there fails its calls', async () => {
  const { pool, start } = poolRig({ entry: new URL('file:///nowhere/tool.js') })
  const run = start(tools.add, { a: 1 })
  await expect(run.result).rejects.toMatchObject({ code: 'HEDDLE_TOOL_LOAD_FAILED' })
  await run.letGo
  expect(pool.stats).toMatchObject(EMPTY)
})

test('errors keep their kind', async () => {
  const { start } = poolRig()
  const failing = (how: string) => start(tools.fail, { how }).result
  await expect(failing('lost')).rejects.toMatchObject({
    ...{ name: 'Lost', message: 'not there', path: '/a' },
    cause: expect.objectContaining({ name: 'RangeError', message: 'too far' }),
  })
  await expect(failing('type')).rejects.toThrow(TypeError)
  await expect(failing('heddle')).rejects.toMatchObject({ code: 'HEDDLE_INVALID_TOOL' })
  await expect(failing('string')).rejects.toThrow('plain')
})

test('values that can be cloned come as they are; others are refused by tool and member', async () => {
  const { start } = poolRig()
  const giving = (what: string) => start(tools.give, { what }).result
  await expect(giving('kinds')).resolves.toEqual({
    ...{ map: new Map([['a', 1n]]), set: new Set([1]), date: new Date(5) },
    ...{ bytes: new Uint8Array([1, 2]), none: undefined },
  })
  for (const [what, at] of [
    ['function', 'payload.a.b'],
    ['instance', 'payload.at'],
    ['iterator', 'payload'],
  ]) {
    await expect(giving(what as string)).rejects.toMatchObject({
      code: 'HEDDLE_PAYLOAD_NOT_CLONEABLE',
      fields: { message: expect.stringContaining('give'), path: at },
    })
  }
})

test('for a model the thread itself makes what is shown', async () => {
  const { start } = poolRig()
  const shown = (what: string) => start(tools.give, { what }, { forModel: true }).result
  await expect(shown('instance')).resolves.toMatchObject({ isError: false })
  await expect(shown('picture')).resolves.toEqual({
    content: [{ kind: 'image-url', url: 'https://a' }],
    isError: false,
  })
  await expect(shown('iterator')).resolves.toMatchObject({
    content: expect.stringContaining('an iterator'),
    isError: true,
  })
})

test('the threads have the environment that they are given', async () => {
  process.env.HEDDLE_TEST_TOOL = 'main'
  const own = poolRig({ env: { HEDDLE_TEST_TOOL: 'own' } })
  const inherits = poolRig()
  const args = { name: 'HEDDLE_TEST_TOOL' }
  await expect(own.start(tools.environment, args).result).resolves.toBe('own')
  await expect(inherits.start(tools.environment, args).result).resolves.toBe('main')
})

test('a pool that is started in a tool of a pool is refused', async () => {
  const { start } = poolRig()
  await expect(start(tools.nesting).result).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_NO_POOL',
    message: expect.stringContaining('start it on the main thread'),
  })
})

test('a tool of the pool that is called inside another one is refused', async () => {
  const { start } = poolRig()
  await expect(start(tools.inner).result).rejects.toMatchObject({
    code: 'HEDDLE_TOOL_NO_POOL',
    fields: { tool: 'add', problem: expect.stringContaining('another tool of a pool') },
  })
})

test.for(['exit', 'throw', 'reject'] as const)(
  'what a tool left behind fails by %s, is told, and ends an idle thread',
  async (fails) => {
    const { pool, start } = poolRig({ idleMs: 3_600_000 })
    const warned = once(process, 'warning')
    await start(tools.leaveBehind, { fails, at: 'once' }).result
    const words = fails === 'exit' ? 'process.exit(4)' : 'left behind'
    expect(await warned).toMatchObject([
      {
        code: 'HEDDLE_TOOL_LEFT_BEHIND',
        message: expect.stringMatching(RegExp(`'leaveBehind'.*${words.replace(/[().]/g, '.')}`)),
      },
    ])
    await until(() => pool.stats.threads === 0)
    await expect(start(tools.add, { a: 1 }).result).resolves.toBe(2)
  },
)

test.for(['exit', 'throw', 'reject'] as const)(
  'what a tool left behind fails by %s, and not the call that runs by then',
  async (fails) => {
    const { pool, start } = poolRig({ threads: 1, idleMs: 3_600_000 })
    const warned = once(process, 'warning')
    await start(tools.leaveBehind, { fails, at: 'meeting' }).result
    await expect(start(tools.meetLeft).result).resolves.toBe('ended')
    expect(await warned).toMatchObject([{ code: 'HEDDLE_TOOL_LEFT_BEHIND' }])
    await until(() => pool.stats.threads === 0)
  },
)
