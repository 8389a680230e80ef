/** Tools of a pool in the OpenAI Agents SDK, with a model for tests. */
import {
  Agent,
  type Model,
  type ModelRequest,
  type ModelResponse,
  Runner,
  setTracingDisabled,
  tool,
  Usage,
} from '@openai/agents'
import { afterAll, expect, test } from 'vitest'
import { startToolPool } from '../../src/tools/index.ts'
import * as tools from '../fixtures/tools/steady.tools.ts'

setTracingDisabled(true)
const pool = startToolPool({ threads: 2, graceMs: 60_000 })
afterAll(() => pool.stop())

type Output = ModelResponse['output']

/** Answers with these, one after another. */
class ScriptedModel implements Model {
  readonly asked: ModelRequest[] = []
  readonly #answers: Output[]

  constructor(...answers: Output[]) {
    this.#answers = answers
  }

  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    this.asked.push(request)
    return { usage: new Usage(), output: this.#answers.shift() ?? [] }
  }

  getStreamedResponse(): never {
    throw new Error('it does not stream')
  }
}

function call(callId: string, name: string, input: object): Output[number] {
  const status = 'completed' as const
  return { type: 'function_call', callId, name, status, arguments: JSON.stringify(input) }
}

const DONE: Output = [
  {
    ...{ type: 'message', role: 'assistant', status: 'completed' },
    content: [{ type: 'output_text', text: 'done' }],
  },
]

/** What the model was given as results, by the ids of the calls. */
function resultsFor({ asked }: ScriptedModel): Record<string, unknown> {
  const items = asked.at(-1)?.input
  const results = (Array.isArray(items) ? items : []).filter(
    (item) => item.type === 'function_call_result',
  )
  return Object.fromEntries(results.map(({ callId, output }) => [callId, output]))
}

test('an agent calls tools on threads; arguments are checked, and errors are for the model', async () => {
  const model = new ScriptedModel(
    [call('1', 'add', { a: 1 }), call('2', 'add', { a: 'x' }), call('3', 'fail', { how: 'lost' })],
    DONE,
  )
  const own = [tool(pool.openaiAgentsTool(tools.add)), tool(pool.openaiAgentsTool(tools.fail))]
  const agent = new Agent({ name: 'adder', model, tools: own })
  const { finalOutput } = await new Runner().run(agent, 'add')
  expect(finalOutput).toBe('done')
  expect(resultsFor(model)).toMatchObject({
    1: { text: '2' },
    2: { text: expect.stringContaining("the arguments of the tool 'add' do not fit") },
    3: { text: 'Error: not there' },
  })
  expect(model.asked[0]?.tools[0]).toMatchObject({
    ...{ name: 'add', description: 'For tests.', strict: false },
    parameters: { type: 'object', required: ['a'], properties: { b: { default: 1 } } },
  })
})

test('an abort of the SDK reaches the thread', async () => {
  const ending = new AbortController()
  const model = new ScriptedModel([call('1', 'wait', {})], DONE)
  const agent = new Agent({
    name: 'waiter',
    model,
    tools: [tool(pool.openaiAgentsTool(tools.wait))],
  })
  const running = new Runner().run(agent, 'wait', { signal: ending.signal })
  running.catch(() => {})
  await until(() => pool.stats().running === 1)
  ending.abort(new Error('enough'))
  await until(() => pool.stats().running === 0) // long before the grace is over
  await running.catch(() => {})
  expect(pool.stats()).toMatchObject({ running: 0, waiting: 0, outside: 0 })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
