/** The same talk in a team alone, and in a team at each place where another one can have it. */
import {
  agentTool,
  assistantAgent,
  buffered,
  defineChatAgent,
  defineTeam,
  graph,
  graphFlow,
  roundRobin,
  societyOfMindAgent,
  type TeamOptions,
} from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

/** The turns of one run of the talk. */
export const TALK = 50

/** Speaks at once, and keeps nothing. */
const talker = (name: string) =>
  defineChatAgent({
    name,
    respond: async (_, { nextId }) => {
      const message = { kind: 'text', id: nextId(), source: name, content: 'And you?' } as const
      return { kind: 'message', message }
    },
  })

const inTurns = (name: string, participants: TeamOptions['participants'], turns: number) =>
  defineTeam({ name, participants, flow: roundRobin(), budget: { turns } })

const talk = inTurns('talk', [talker('one'), talker('other')], TALK)

/** Asks the team each time; its model is shown the last few messages. */
const asking = assistantAgent({
  name: 'asking',
  model: scriptedModel(({ messages }) => {
    if (messages.at(-1)?.role === 'tool') return 'so'
    return { toolCalls: [{ name: 'talk', arguments: { task: 'talk' } }] }
  }),
  tools: [agentTool(talk)],
  maxToolIterations: 2,
  context: buffered(4),
})

export const alone = talk

export const nested = {
  participant: inTurns('outer', [talk], 1),
  node: defineTeam({
    name: 'drawn',
    participants: [talk],
    flow: graphFlow(graph().node('talk').build()),
  }),
  tool: inTurns('outer', [asking], 1),
  mind: inTurns(
    'outer',
    [societyOfMindAgent({ name: 'mind', team: talk, model: scriptedModel(() => 'so') })],
    1,
  ),
}
