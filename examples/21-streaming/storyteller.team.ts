/** A storyteller that streams. The line to its model breaks off once. */
import {
  assistantAgent,
  defineTeam,
  type ModelClient,
  roundRobin,
  sourceMatch,
  tool,
} from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { z } from 'zod'

const archive = tool({
  name: 'archive',
  description: 'Looks up how old something is.',
  parameters: z.object({ what: z.string() }),
  run: ({ what }) => `${what}: 8,000 years`,
})

const whole = scriptedModel([
  { content: 'Let me see.', toolCalls: [{ name: 'archive', arguments: { what: 'loom' } }] },
  'The first loom is old.',
])

let faults = 1
const model: ModelClient = {
  ...whole,
  async *stream(request) {
    for await (const part of whole.stream(request)) {
      yield part
      const isLoom = part.kind === 'chunk' && part.text.includes('loom')
      if (isLoom && faults-- > 0) throw new Error('the line broke off')
    }
  },
}

const storyteller = assistantAgent({
  name: 'storyteller',
  model,
  tools: [archive],
  reflect: 'after-tools',
  stream: 'chunks',
})

export const story = defineTeam(import.meta.url, {
  name: 'story',
  participants: [storyteller],
  flow: roundRobin(),
  stopWhen: sourceMatch(['storyteller']),
})
