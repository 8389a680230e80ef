import { Writable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { type PrintOptions, printRun } from '../../src/agentchat/console.ts'
import type { AgentEvent, ChatMessage } from '../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'

type Item = AgentEvent | ChatMessage | TaskResult

afterEach(() => vi.unstubAllEnvs())

const RESULT: TaskResult = {
  kind: 'result',
  messages: [],
  stopReason: { kind: 'completed', text: 'all is said' },
  usage: { promptTokens: 12, completionTokens: 5 },
}

class Page extends Writable {
  text = ''
  columns?: number
  isTTY?: boolean
  override _write(chunk: Buffer, _: string, done: () => void) {
    this.text += chunk.toString()
    done()
  }
}

/** The printed lines, without the totals. */
async function printed(items: Item[], options: PrintOptions = {}, page = new Page()) {
  await printRun(streamOf([...items, RESULT]), { out: page, totals: 'hidden', ...options })
  return page.text.split('\n').slice(0, -1)
}

async function* streamOf(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

const text = (source: string, content: string, id = `${source}#1`): ChatMessage => {
  return { kind: 'text', id, source, content }
}
const chunk = (source: string, content: string, messageId = `${source}#1`): AgentEvent => {
  return { kind: 'chunk', source, messageId, content }
}

test('each message stands under its speaker’s heading', async () => {
  expect(await printed([text('user', 'a poem'), text('writer', 'two\nlines')])).toEqual([
    '── user ──',
    'a poem',
    '── writer ──',
    'two',
    'lines',
  ])
})

test('chunks are printed as they come, and their message not again', async () => {
  const page = new Page()
  const seen: string[] = []
  async function* items(): AsyncGenerator<Item> {
    for (const word of ['so ', 'be ', 'it']) {
      yield chunk('writer', word)
      seen.push(page.text)
    }
    yield text('writer', 'so be it')
    yield text('writer', 'and more', 'writer#2')
    yield RESULT
  }
  await printRun(items(), { out: page, totals: 'hidden' })
  expect(seen).toEqual(['so ', 'so be ', 'so be it'].map((said) => `── writer ──\n${said}`))
  expect(page.text).toBe('── writer ──\nso be it\n── writer ──\nand more\n')
})

test('a speaker at the same time is printed after the message that comes in chunks', async () => {
  const items: Item[] = [
    chunk('a', 'one '),
    chunk('b', 'uno '),
    chunk('c', 'eins'),
    chunk('a', 'two'),
    chunk('b', 'due'),
    text('b', 'uno due'),
    text('a', 'one two'),
    text('c', 'eins'),
  ]
  const lines = ['── a ──', 'one two', '── b ──', 'uno due', '── c ──', 'eins']
  expect(await printed(items)).toEqual(lines)
  expect(await printed(items.slice(0, -1))).toEqual(lines)
  expect(await printed(items.slice(0, 5))).toEqual(lines)
})

test('retracted chunks are marked, and the turn that runs again is printed again', async () => {
  const again = [chunk('a', 'one two'), text('a', 'one two')]
  expect(
    await printed([chunk('a', 'one t'), { kind: 'retracted', source: 'a' }, ...again]),
  ).toEqual([
    '── a ──',
    'one t',
    '[retracted: what a was showing counts no more]',
    '── a ──',
    'one two',
  ])
  const whole = [chunk('a', 'one t'), { kind: 'retracted', source: 'a' } as const, again[1] as Item]
  expect((await printed(whole)).at(-1)).toBe('one two')
})

test('tool calls and results are a line each, cut at the width of the page', async () => {
  const page = Object.assign(new Page(), { columns: 20 })
  const call = { id: '1', name: 'add', arguments: '{"a": 1,\n "b": 2}' }
  const result = { callId: '1', name: 'add', content: '3', isError: false }
  const items: Item[] = [
    { kind: 'tool-calls', source: 'a', calls: [call, { ...call, arguments: '{}' }] },
    { kind: 'tool-progress', source: 'a', callId: '1', name: 'add', content: 'half' },
    { kind: 'tool-progress', source: 'a', callId: '1', name: 'add', content: { of: 2 } },
    {
      kind: 'tool-results',
      source: 'a',
      results: [result, { ...result, content: 'no '.repeat(9), isError: true }],
    },
    text('a', 'it is three, whatever the width'),
  ]
  expect(await printed(items, {}, page)).toEqual([
    '── a ──',
    '→ add {"a": 1, "b":…',
    '→ add {}',
    '… add: half',
    '… add: {"of":2}',
    '← add: 3',
    '✗ add: no no no no …',
    'it is three, whatever the width',
  ])
})

test('what was streamed beside tool calls is not taken for the message', async () => {
  const calls = [{ id: '1', name: 'add', arguments: '{}' }]
  const items: Item[] = [
    chunk('a', 'let me see'),
    { kind: 'tool-calls', source: 'a', calls },
    { kind: 'tool-summary', id: 'a#1', source: 'a', content: '3', toolCalls: calls, results: [] },
  ]
  expect(await printed(items)).toEqual(['── a ──', 'let me see', '→ add {}', '3'])
})

test('usage, handoffs, thoughts, memories, code, questions and a missing speaker are printed', async () => {
  const usage = { promptTokens: 3, completionTokens: 1 }
  const items: Item[] = [
    { kind: 'speakers', source: 'team', names: ['a'] },
    { kind: 'memory', source: 'a', items: ['it rains'] },
    { kind: 'thought', source: 'a', content: 'hm' },
    { kind: 'code-generated', source: 'a', attempt: 2, code: '1 + 1' },
    { kind: 'code-executed', source: 'a', attempt: 2, exitCode: 0, output: '2' },
    { kind: 'handoff', id: 'a#1', source: 'a', target: 'b', content: 'yours', context: [], usage },
    { kind: 'speakers', source: 'selector', names: [] },
    { kind: 'speakers', source: 'team', names: ['b', 'c'] },
    { kind: 'input-requested', source: 'b', requestId: '1', prompt: 'Really?' },
  ]
  expect(await printed(items)).toEqual([
    '── a ──',
    'remembers: it rains',
    'hm',
    'code, attempt 2:',
    '1 + 1',
    'exit code 0',
    '2',
    'yours',
    'hands over to b',
    '[3 + 1 tokens]',
    'selector names nobody',
    'team names b, c',
    '── b ──',
    '? Really?',
  ])
})

test('the last line says how many messages, tokens and seconds, and why the run ended', async () => {
  const page = new Page()
  let now = 1_000
  const clock = { now: () => now, wallNow: () => 0, after: () => () => {}, soon: () => {} }
  async function* items(): AsyncGenerator<Item> {
    yield chunk('a', 'unfinished')
    now += 2_345
    yield { ...RESULT, messages: [text('user', 'a'), text('a', 'b')] }
  }
  const result = await printRun(items(), { out: page, clock })
  expect(result.stopReason.text).toBe('all is said')
  expect(page.text).toBe('── a ──\nunfinished\n2 messages, 12 + 5 tokens, 2.3 s: all is said\n')
})

test('colours are for terminals whose user has not said no, or as asked', async () => {
  vi.stubEnv('NO_COLOR', '')
  const thought: Item = { kind: 'thought', source: 'a', content: 'hm' }
  const isDim = async (options: PrintOptions, page = new Page()) =>
    (await printed([thought], options, page)).at(-1) === '\u001b[2mhm\u001b[22m'
  const terminal = () => Object.assign(new Page(), { isTTY: true })
  expect(await isDim({})).toBe(false)
  expect(await isDim({}, terminal())).toBe(true)
  expect(await isDim({ colours: 'never' }, terminal())).toBe(false)
  vi.stubEnv('NO_COLOR', '1')
  expect(await isDim({}, terminal())).toBe(false)
  expect(await isDim({ colours: 'always' })).toBe(true)
})

test('what a model says can’t steer the terminal, also not in pieces', async () => {
  const evil = '\u001b[31mred\u001b[2J\u0007\r\n\tx\u202ey\u009b'
  const items: Item[] = [
    text('a', evil),
    chunk('b', 'x\u001b'),
    chunk('b', '[2J'),
    { kind: 'tool-calls', source: 'b', calls: [{ id: '1', name: evil, arguments: evil }] },
    { kind: 'input-requested', source: evil, requestId: '1', prompt: evil },
  ]
  const all = (await printed(items)).join('\n')
  expect(all).toContain('── a ──\nred\n\txy\n── b ──\nx[2J\n→ red xy red xy\n')
  expect(all.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}|\u202e/u)
})

test('a page that is slow is waited for, and one that is closed is not', async () => {
  const waiting: (() => void)[] = []
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void waiting.push(done),
  })
  let given = 0
  async function* items(): AsyncGenerator<Item> {
    for (const content of ['one', 'two']) {
      given++
      yield text('a', content)
    }
    yield RESULT
  }
  const run = printRun(items(), { out: slow, totals: 'hidden' })
  await vi.waitUntil(() => slow.writableNeedDrain)
  expect(given).toBe(1)
  slow.destroy()
  await run
  expect(given).toBe(2)
})

test('a stream that ends without a result, or fails, rejects', async () => {
  const page = new Page()
  await expect(printRun(streamOf([text('a', 'b')]), { out: page })).rejects.toThrow(
    'without its result',
  )
  async function* failing(): AsyncGenerator<Item> {
    yield chunk('a', 'b')
    throw new RangeError('gone')
  }
  await expect(printRun(failing(), { out: page })).rejects.toThrow('gone')
  expect(page.text.endsWith('b\n')).toBe(true)
})
