import { expect, test } from 'vitest'
import { assistantAgent } from '../../src/agentchat/assistant/assistant.ts'
import { maxMessages } from '../../src/agentchat/conditions/conditions.ts'
import { roundRobin } from '../../src/agentchat/flows/round-robin.ts'
import { defineTeam } from '../../src/agentchat/teams/define-team.ts'
import { societyOfMindAgent } from '../../src/agentchat/teams/society-of-mind.ts'
import type { ModelClient } from '../../src/models/model.ts'
import { scriptedModel } from '../../src/testing/scripted-model.ts'

type Ending = 'fails' | 'hangs' | 'says nothing'

/**
 * An agent, alone or in a team, whose model says a word, unless it says nothing, and then ends so.
 */
function speaker(where: 'alone' | 'in a team', ending: Ending) {
  const model: ModelClient = {
    ...scriptedModel([]),
    async *stream() {
      if (ending !== 'says nothing') yield { kind: 'chunk', text: 'One ' }
      if (ending === 'hangs') await new Promise(() => {})
      throw new Error('the line is dead')
    },
  }
  const agent = assistantAgent({ name: 'agent', model, stream: 'chunks' })
  if (where === 'alone') return agent
  const parts = { participants: [agent], flow: roundRobin(), stopWhen: maxMessages(2) }
  return defineTeam({ name: 'team', ...parts })
}

test.each([
  ['alone', 'fails', ['chunk', 'retracted'], 'failed'],
  ['alone', 'hangs', ['chunk', 'retracted'], 'cancelled'],
  ['alone', 'says nothing', [], 'failed'],
  ['in a team', 'fails', ['chunk', 'retracted'], 'failed'],
  ['in a team', 'hangs', ['chunk', 'retracted'], 'cancelled'],
  ['in a team', 'says nothing', [], 'failed'],
] as const)(
  'what an agent %s, whose model %s, has shown is retracted once',
  async (...[where, ending, shown, reason]) => {
    const patience = new AbortController()
    const kinds: string[] = []
    const stream = speaker(where, ending).runStream({ task: 'count', signal: patience.signal })
    for await (const item of stream) {
      if (item.kind === 'result') expect(item.stopReason.kind).toBe(reason)
      else if (item.source === 'agent') kinds.push(item.kind)
      if (item.kind === 'chunk' && ending === 'hangs') patience.abort('enough')
    }
    expect(kinds).toEqual(shown)
  },
)

test('what a society has shown is retracted when it fails after its team has answered', async () => {
  const member = assistantAgent({ name: 'member', model: scriptedModel(['One']) })
  const parts = { participants: [member], flow: roundRobin(), stopWhen: maxMessages(2) }
  const team = defineTeam({ name: 'inner', ...parts })
  const model = scriptedModel([{ fails: 'the line is dead' }])
  const agent = societyOfMindAgent({ name: 'agent', team, model })
  const outer = defineTeam({
    name: 'outer',
    participants: [agent],
    flow: roundRobin(),
    stopWhen: maxMessages(2),
  })
  for (const one of [agent, outer]) {
    const shown: string[] = []
    for await (const item of one.runStream({ task: 'count' })) {
      if (item.kind === 'result') expect(item.stopReason.kind).toBe('failed')
      else if (item.kind === 'text' || item.kind === 'retracted') {
        shown.push(`${item.kind} ${item.source}`)
      }
    }
    expect(shown.at(-1)).toBe('retracted agent')
    expect(shown.filter((one) => one === 'retracted agent')).toHaveLength(1)
  }
})
