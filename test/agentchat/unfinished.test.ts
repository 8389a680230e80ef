/**
 * An answer that is not whole says so: in its message, in the stop reason, and to people who watch.
 */
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { codeExecutorAgent } from '../../src/agentchat/code/code-executor.ts'
import { printRun } from '../../src/agentchat/console.ts'
import { defineStructured } from '../../src/agentchat/messages/structured.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import { toUIMessageStream } from '../../src/ai-sdk/index.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'
import { speaker, team } from './autogen/cast.ts'

const task = 'tell'
const cut = () => scriptedModel([{ content: 'Once upon', finish: 'length' }])
const writer = () => assistantAgent({ name: 'writer', model: cut() })
const execute = { run: async () => ({ exitCode: 0, output: '' }) }

test.each([
  ['an assistant', writer],
  ['a code executor', () => codeExecutorAgent({ name: 'writer', execute, model: cut() })],
  [
    'a society of mind',
    () => {
      const inner = team([speaker('x')], { budget: { turns: 1 } })
      return societyOfMindAgent({ name: 'writer', team: inner, model: cut() })
    },
  ],
])('of %s', async (_, make) => {
  const { messages, stopReason } = await make().run({ task })
  expect(messages.at(-1)).toMatchObject({ content: 'Once upon', finish: 'length' })
  expect(stopReason.text).toBe('writer has answered; the answer of writer was cut at its length')
})

test('of the last of a team, which it keeps when it is saved', async () => {
  const one = team([writer()], { name: 'kept', budget: { turns: 1 } })
  const { messages, stopReason } = await one.run({ task })
  expect(messages.at(-1)).toMatchObject({ finish: 'length' })
  expect(stopReason.text).toMatch(/; the answer of writer was cut at its length$/)
  const saved = JSON.parse(JSON.stringify(await one.saveState()))
  const other = team([writer()], { name: 'kept', budget: { turns: 1 } })
  await other.loadState(saved)
  expect(JSON.stringify(await other.saveState())).toContain('"finish":"length"')
})

test.each(['stop', 'unknown'] as const)('an answer that is whole has none: %s', async (finish) => {
  const model = scriptedModel([{ content: 'All', finish }])
  const { messages, stopReason } = await assistantAgent({ name: 'a', model }).run({ task })
  expect(messages.at(-1)).not.toHaveProperty('finish')
  expect(stopReason.text).toBe('a has answered')
})

test('the console says it', async () => {
  let page = ''
  const out = new Writable({
    write: (chunk, _, done) => {
      page += chunk
      done()
    },
  })
  await printRun(writer().runStream({ task }), { out })
  expect(page).toContain('[the answer was cut at its length]\n')
})

test.each(['length', 'content-filter'] as const)(
  'the interface is told, in its finish and the metadata: %s',
  async (finish) => {
    const model = scriptedModel([{ content: 'Once', finish }])
    const run = assistantAgent({ name: 'a', model }).runStream({ task })
    const chunks: object[] = []
    for await (const chunk of toUIMessageStream(run)) chunks.push(chunk)
    expect(chunks.at(-1)).toMatchObject({ finishReason: finish, messageMetadata: { finish } })
  },
)

const Place = defineStructured('place', z.object({ name: z.string() }))

test.each([
  ['length', '{"name": "Os', 'the answer was cut at its length; raise max_tokens in extraBody'],
  ['content-filter', '', "the answer was withheld by the provider's filter"],
  ['content-filter', 'I will not.', "withheld the rest: 'I will not.'"],
  ['content-filter', '{"nam": 1}', "withheld the rest: '{"],
  ['stop', 'Oslo', 'it is no JSON'],
] as const)('a structured answer says why it is none: %s, %j', async (finish, content, words) => {
  const model = scriptedModel([{ content, finish }])
  const { stopReason } = await assistantAgent({ name: 'a', model, output: Place }).run({ task })
  expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_MODEL_ANSWER' } })
  expect(stopReason.text).toContain(words)
})
