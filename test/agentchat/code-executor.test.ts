import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  type ApprovalRequest,
  type CodeExecutor,
  type CodeExecutorOptions,
  codeExecutorAgent,
} from '../../src/agentchat/code/code-executor.ts'
import {
  type ProcessExecutorOptions,
  processExecutor,
} from '../../src/agentchat/code/process-executor.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { RunItem, TaskResult } from '../../src/agentchat/runs/task.ts'
import { codeBlocksIn } from '../../src/models/code-blocks.ts'
import { jsonIn } from '../../src/models/json-answer.ts'
import { type Script, scriptedModel } from '../../src/testing/scripted-model.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const fence = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``
const block = (language: string, code: string) => ({ language, code })

/** Runs nothing, and gives these outcomes one after the other: an exit code and an output. */
function recorded(...outcomes: readonly (readonly [number, string])[]) {
  const ran: { blocks: unknown; idempotencyKey: string }[] = []
  const execute: CodeExecutor = {
    run: async (blocks, { idempotencyKey }) => {
      const [exitCode, output] = outcomes[ran.length] ?? [0, 'ok']
      ran.push({ blocks, idempotencyKey })
      return { exitCode, output }
    },
  }
  return { execute, ran }
}

const lastOf = ({ messages }: TaskResult) => textOf(messages.at(-1) as TaskResult['messages'][0])

test('blocks are found with their languages, whatever stands around and inside of them', () => {
  const text = [
    ...['Do this:', '```js', 'a()', '', 'b()', '```', 'then `c`, and ``` no fence'],
    ...['~~~ Bash title="x"', '```', '~~~', '````md', '```py', 'x', '```', '````'],
    ...['1. so:', '   ```python', '   if x:', '     y', '   ```', '```', 'plain', '```   '],
    ...['```sh', 'never closed'],
  ].join('\r\n')
  expect(codeBlocksIn(text)).toEqual([
    block('javascript', 'a()\n\nb()'),
    block('sh', '```'),
    block('md', '```py\nx\n```'),
    block('python', 'if x:\n  y'),
    block('', 'plain'),
  ])
})

test.for([
  ['{"a":1}', { a: 1 }],
  [`So: ${fence('json', '{"a":1}')} {`, { a: 1 }],
  ['it is {"a":{"b":2}}, yes', { a: { b: 2 } }],
  ['none { here', undefined],
] as const)('in “%s” the JSON is found', ([text, value]) => {
  expect(jsonIn(text)).toEqual(value)
})

test('without a model it runs the code that it is given, and says the exit code and the output', async () => {
  const { execute, ran } = recorded([0, '42\n'], [1, ''])
  const runner = codeExecutorAgent({ name: 'runner', execute })
  const task = `Run\n${fence('py', 'print(42)')}\nand\n${fence('sh', 'ls')}\n${fence('json', '{}')}`
  expect(lastOf(await runner.run({ task }))).toBe('Exit code 0. Output:\n42\n')
  expect(lastOf(await runner.run({ task }))).toBe('Exit code 1. There was no output.')
  expect(ran[0]?.blocks).toEqual([block('python', 'print(42)'), block('sh', 'ls')])
  expect(new Set(ran.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2)
})

test('it runs only what its sources say in text, in its languages, and says so when that is nothing', async () => {
  const { execute, ran } = recorded()
  const options = { name: 'runner', execute, sources: ['coder'], languages: ['js'] }
  const runner = codeExecutorAgent(options)
  const say = (source: string, content: string) => {
    return { kind: 'text' as const, id: source, source, content }
  }
  const others = [say('user', fence('js', 'no()')), say('coder', fence('sh', 'ls'))]
  const summary = { ...say('coder', fence('js', 'no()')), kind: 'tool-summary' as const }
  const task = [...others, { ...summary, toolCalls: [], results: [] }]
  const nothing = await runner.run({ task })
  expect(lastOf(nothing)).toMatch(/^There is no code to run.*javascript\.$/)
  expect(ran).toEqual([])
  await runner.run({ task: [...others, say('coder', fence('javascript', 'yes()'))] })
  expect(ran).toMatchObject([{ blocks: [block('javascript', 'yes()')] }])
})

/** With a scripted model. */
function solver(script: Script, options: Partial<CodeExecutorOptions> = {}) {
  const model = scriptedModel(script)
  const { execute } = recorded()
  return { model, agent: codeExecutorAgent({ name: 'solver', execute, model, ...options }) }
}

async function itemsOf(stream: AsyncIterable<RunItem>) {
  const items: RunItem[] = []
  for await (const item of stream) items.push(item)
  return items
}

test('with a model it writes code, shows it and its outcome, and sums up', async () => {
  const { execute, ran } = recorded([0, '42\n'])
  const { agent, model } = solver([fence('js', 'log(42)'), 'It is 42.'], { execute })
  const items = await itemsOf(agent.runStream({ task: 'what is it?' }))
  expect(items.slice(1)).toMatchObject([
    { kind: 'code-generated', source: 'solver', attempt: 1, code: 'log(42)' },
    { kind: 'code-executed', source: 'solver', attempt: 1, exitCode: 0, output: '42\n' },
    { kind: 'text', source: 'solver', content: 'It is 42.' },
    { kind: 'result' },
  ])
  const { usage } = items.at(-1) as TaskResult
  expect(usage.completionTokens).toBe(6) // of both calls
  expect(ran).toHaveLength(1)
  expect(model.calls.map(({ caller }) => caller.call)).toEqual([0, 1])
  expect(model.calls[1]?.messages).toMatchObject([
    { role: 'system', content: expect.stringContaining('javascript, python, sh') },
    { role: 'user', content: 'what is it?' },
    { role: 'assistant', content: fence('js', 'log(42)') },
    { role: 'user', content: 'Exit code 0. Output:\n42\n' },
    { role: 'user', content: expect.stringContaining('the result in your own words') },
  ])
  expect(agent.saveState().history).toHaveLength(4) // the request to sum up is not kept
})

test('a model that writes no code has answered', async () => {
  const { agent, model } = solver(['Just 4.'])
  expect(lastOf(await agent.run({ task: '2 + 2' }))).toBe('Just 4.')
  expect(model.calls).toHaveLength(1)
})

const no = '{"reason":"hopeless","retry":false}'
const yes = '{"reason":"a typo","retry":true}'

test('code that fails is corrected as often as the model wants and may', async () => {
  const { execute, ran } = recorded([1, 'typo'], [2, 'again'], [3, 'still'])
  const code = fence('js', 'x')
  const { agent, model } = solver([code, yes, code, yes, code, 'It failed.'], {
    ...{ execute, maxRetries: 2 },
  })
  const items = await itemsOf(agent.runStream({ task: 'go' }))
  const executed = items.filter((item) => item.kind === 'code-executed')
  expect(executed).toMatchObject([
    { attempt: 1, exitCode: 1 },
    { attempt: 2, exitCode: 2 },
    { attempt: 3, exitCode: 3 },
  ])
  expect(new Set(ran.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3)
  expect(lastOf(items.at(-1) as TaskResult)).toBe('It failed.')
  expect(model.calls[1]?.output).toMatchObject({ required: ['reason', 'retry'] })
  expect(model.calls[2]?.messages.slice(-3)).toMatchObject([
    { role: 'user', content: 'Exit code 1. Output:\ntypo' },
    { role: 'assistant', content: 'a typo' },
    { role: 'user', content: expect.stringContaining('corrected') },
  ])
})

test.for([no, 'I would say yes', '{"retry":"true"}', 'null'])(
  'on “%s” code is not tried again',
  async (answer) => {
    const { execute, ran } = recorded([1, 'typo'])
    const script = [fence('js', 'x'), answer, 'It failed.']
    const { agent } = solver(script, { execute, maxRetries: 5 })
    expect(lastOf(await agent.run({ task: 'go' }))).toBe('It failed.')
    expect(ran).toHaveLength(1)
  },
)

test('a retry that is JSON in text is read from a model without structured output', async () => {
  const { execute, ran } = recorded([1, 'typo'])
  const code = fence('js', 'x')
  const model = scriptedModel([code, fence('json', yes), code, 'done'], {
    capabilities: { structuredOutput: false },
  })
  const agent = codeExecutorAgent({ name: 'solver', execute, model, maxRetries: 1 })
  expect(lastOf(await agent.run({ task: 'go' }))).toBe('done')
  expect(ran).toHaveLength(2)
  expect(model.calls[1]).not.toHaveProperty('output')
})

test('what is not approved does not run, with a model and without', async () => {
  const { execute, ran } = recorded()
  const requests: ApprovalRequest[] = []
  const approve = async (request: ApprovalRequest) => {
    requests.push(request)
    return { approved: false, reason: 'too bold' }
  }
  const task = fence('sh', 'rm -r x')
  const runner = codeExecutorAgent({ name: 'runner', execute, approve })
  expect(lastOf(await runner.run({ task }))).toMatch(/not run.*too bold/)
  const { agent, model } = solver([task], { execute, approve, maxRetries: 3 })
  expect(lastOf(await agent.run({ task: 'tidy up' }))).toMatch(/not run.*too bold/)
  expect(ran).toEqual([])
  expect(model.calls).toHaveLength(1)
  expect(requests).toMatchObject([
    { blocks: [block('sh', 'rm -r x')], messages: [{ content: task }] },
    { blocks: [block('sh', 'rm -r x')], messages: [{ content: 'tidy up' }] },
  ])
})

test('what is approved runs, but not once the run was cancelled meanwhile', async () => {
  const { execute, ran } = recorded()
  const abort = new AbortController()
  const approve = vi.fn(() => ({ approved: true, reason: '' }))
  const runner = codeExecutorAgent({ name: 'runner', execute, approve })
  await runner.run({ task: fence('sh', 'ls') })
  expect(ran).toHaveLength(1)
  approve.mockImplementation(() => {
    abort.abort(new Error('enough'))
    return { approved: true, reason: '' }
  })
  const { stopReason } = await runner.run({ task: fence('sh', 'ls'), signal: abort.signal })
  expect(stopReason).toMatchObject({ kind: 'cancelled', reason: 'enough' })
  expect(ran).toHaveLength(1)
})

test('an agent that can’t work is refused where it is defined', async () => {
  const { execute } = recorded()
  const model = scriptedModel([])
  const refused = (options: object) => () =>
    codeExecutorAgent({ name: 'runner', execute, ...options })
  for (const [options, problem] of [
    [{ execute: undefined }, 'executes'],
    [{ languages: [] }, 'languages'],
    [{ model, maxRetries: -1 }, 'maxRetries'],
    [{ maxRetries: 1 }, 'no model'],
    [{ model, sources: ['a'] }, 'sources'],
  ] as const) {
    await expectRefusal(refused(options), 'HEDDLE_INVALID_CHAT_AGENT', `'runner'`, problem)
  }
})

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const never = new AbortController().signal
const run = (
  blocks: Parameters<CodeExecutor['run']>[0],
  options: ProcessExecutorOptions = {},
  signal: AbortSignal = never,
) => processExecutor(options).run(blocks, { signal, idempotencyKey: '' })

/** A killed orphan stays in the list of processes until the init process reaps it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc/self')
  }
}
const gone = (pid: number) => {
  expect(pid).toBeGreaterThan(1)
  return vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5_000)
}

test('blocks run one after another in one folder, and the first that fails is the last', async () => {
  const first = block('javascript', `require('fs').writeFileSync('x', 'made'); console.log('one')`)
  const second = block('sh', 'cat x; echo; echo err >&2; exit 3')
  const outcome = await run([first, second, block('sh', 'echo never')])
  expect(outcome).toEqual({ exitCode: 3, output: 'one\nmade\nerr\n' })
})

test('its own folder is removed, and one that it is given stays, without the code', async () => {
  const { output } = await run([block('sh', 'pwd')])
  expect(output).toContain('heddle-code-')
  await expect(readdir(output.trim())).rejects.toThrow('ENOENT')
  await run([block('js', `require('fs').writeFileSync('kept', 'x')`)], { folder })
  expect(await readdir(folder)).toEqual(['kept'])
})

test('code sees what it is given of the environment, and no secrets of this process', async () => {
  vi.stubEnv('SOME_API_KEY', 'secret')
  const code = block('sh', 'echo "$GIVEN:$SOME_API_KEY:"; test -n "$PATH"')
  expect(await run([code], { env: { GIVEN: 'yes' } })).toEqual({ exitCode: 0, output: 'yes::\n' })
  vi.unstubAllEnvs()
})

test('at its timeout it is killed with all that it has started, and what it has written stays', async () => {
  const code = block('sh', 'sleep 300 & echo $!; wait')
  const { exitCode, output } = await run([code, block('sh', 'echo never')], { timeoutMs: 700 })
  expect(exitCode).toBe(124)
  expect(output).toMatch(/^\d+\nkilled: it took longer than 700 ms\n$/)
  await gone(Number.parseInt(output, 10))
})

test('what it leaves in the background is killed when it ends', async () => {
  const { exitCode, output } = await run([block('sh', 'sleep 300 & echo $!')])
  expect(exitCode).toBe(0)
  await gone(Number.parseInt(output, 10))
})

test('cancelled, it is killed and rejects with the reason; cancelled before, nothing runs', async () => {
  const abort = new AbortController()
  const code = block('sh', 'sleep 300 & echo $! > pid.tmp; mv pid.tmp pid; wait')
  const running = run([code], { folder }, abort.signal)
  await vi.waitFor(() => expect(existsSync(join(folder, 'pid'))).toBe(true), 10_000)
  abort.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  await gone(Number(await readFile(join(folder, 'pid'), 'utf8')))
  await writeFile(join(folder, 'pid'), '')
  await expect(run([block('sh', 'rm pid')], { folder }, abort.signal)).rejects.toThrow('enough')
  expect(await readdir(folder)).toEqual(['pid'])
})

test('the output is cut at 1 MiB, and the code runs on to its end', async () => {
  const code = block('js', `process.stdout.write('ä'.repeat(2 ** 20), () => process.exit(7))`)
  const { exitCode, output } = await run([code])
  expect(exitCode).toBe(7)
  expect(output).toBe(`${'ä'.repeat(2 ** 19)}\nthe output was cut at 1048576 bytes\n`)
})

test('a child that is killed by another, and a language that is not known, have exit codes as in a shell', async () => {
  expect(await run([block('sh', 'kill -9 $$')])).toEqual({ exitCode: 137, output: '' })
  const unknown = await run([block('sh', 'echo one'), block('cobol', 'x')])
  expect(unknown).toMatchObject({ exitCode: 127, output: expect.stringContaining(`'cobol'`) })
  expect(unknown.output).not.toContain('one')
  const missing = await run([block('sh', 'echo one')], { env: { PATH: folder } })
  expect(missing).toMatchObject({ exitCode: 127, output: expect.stringContaining('sh can') })
})

test('an agent runs code in processes from end to end', async () => {
  const runner = codeExecutorAgent({ name: 'runner', execute: processExecutor() })
  const task = fence('js', 'console.log(6 * 7)')
  expect(lastOf(await runner.run({ task }))).toBe('Exit code 0. Output:\n42\n')
})

test('a wrong timeout is refused', async () => {
  const refused = () => processExecutor({ timeoutMs: 0 })
  await expectRefusal(refused, 'HEDDLE_INVALID_CHAT_AGENT', 'timeoutMs')
})
