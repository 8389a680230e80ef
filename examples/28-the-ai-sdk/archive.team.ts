/** An archivist whose model is one of the AI SDK. */
import { assistantAgent, defineTeam, roundRobin, sourceMatch, tool } from 'heddle/agentchat'
import { aiSdkModel } from 'heddle/ai-sdk'
import { z } from 'zod'
import { model } from './model.ts'

const archive = tool({
  name: 'archive',
  description: 'Looks up how old something is.',
  parameters: z.object({ what: z.string() }),
  run: ({ what }) => `${what}: 8,000 years`,
})

const archivist = assistantAgent({
  name: 'archivist',
  model: aiSdkModel(model, { settings: { temperature: 0 } }),
  tools: [archive],
  reflect: 'after-tools',
  stream: 'chunks',
})

export const archives = defineTeam(import.meta.url, {
  name: 'archives',
  participants: [archivist],
  flow: roundRobin(),
  stopWhen: sourceMatch(['archivist']),
})
