/** What a participant of a team hears through its filter. */
import { expect, test } from 'vitest'
import { defineChatAgent } from '../../../src/agentchat/agents/define-chat-agent.ts'
import { assistantAgent } from '../../../src/agentchat/assistant/assistant.ts'
import type { MessageFilter } from '../../../src/agentchat/machine/message-filter.ts'
import { scriptedModel } from '../../../src/testing/scripted-model.ts'
import { hearer, said, speaker, team, written } from './cast.ts'

const filtered = (filter: MessageFilter, turns: number, name?: string) =>
  team([speaker('a'), speaker('b'), { agent: hearer('c'), filter }], {
    ...(name !== undefined && { name }),
    budget: { turns },
  })
const heardBy = async (filter: MessageFilter, turns: number) => {
  const { messages } = await filtered(filter, turns).run({ task: 'go' })
  return said({ messages: messages.filter(({ source }) => source === 'c') })
}

test('of the new messages, only those of the listed are heard, the task as the user’s', async () => {
  expect(await heardBy({ per: [{ source: 'user' }] }, 6)).toEqual(['c: user', 'c: '])
  expect(await heardBy({ per: [{ source: 'b' }] }, 6)).toEqual(['c: b', 'c: b'])
})

test('in the order in which it was said, whatever the order of the list', async () => {
  expect(await heardBy({ per: [{ source: 'b' }, { source: 'a' }, { source: 'user' }] }, 3)).toEqual(
    ['c: user a b'],
  )
})

test('a participant that hears nothing is asked all the same', async () => {
  expect(await heardBy({ per: [{ source: 'nobody' }] }, 3)).toEqual(['c: '])
})

test('first and last count among what is new, or in the whole history, as the scope says', async () => {
  const last = { source: 'a', last: 1 } as const
  const both = { source: 'a', last: 2 } as const
  expect(await heardBy({ per: [both] }, 6)).toEqual(['c: a', 'c: a'])
  const first = { source: 'a', first: 1 } as const
  expect(await heardBy({ per: [first] }, 6)).toEqual(['c: a', 'c: a'])
  expect(await heardBy({ per: [first], scope: 'whole' }, 6)).toEqual(['c: a', 'c: '])
  expect(await heardBy({ per: [last], scope: 'whole' }, 6)).toEqual(['c: a', 'c: a'])
})

test('a message is heard once, whatever the scope', async () => {
  const model = scriptedModel(({ messages }) => `shown ${messages.length}`)
  const agent = assistantAgent({ name: 'c', model, system: null })
  const filter = { per: [{ source: 'user', first: 1 }, { source: 'a' }], scope: 'whole' } as const
  const own = team([speaker('a'), { agent, filter }], { budget: { turns: 6 } })
  const heard = said(await own.run({ task: 'go' })).filter((one) => one.startsWith('c:'))
  expect(heard).toEqual(['c: shown 2', 'c: shown 4', 'c: shown 6'])
})

test('nobody hears itself, be it listed', async () => {
  expect(await heardBy({ per: [{ source: 'c' }, { source: 'b' }], scope: 'whole' }, 6)).toEqual([
    'c: b',
    'c: b',
  ])
})

test('what an agent has heard before stays in its memory, and is saved with it', async () => {
  const model = scriptedModel(({ messages }) => `shown ${messages.length}`)
  const make = () => {
    const agent = assistantAgent({ name: 'c', model, system: null })
    return team([speaker('a'), { agent, filter: { per: [{ source: 'a', last: 1 }] } }], {
      ...{ name: 'remembering', budget: { turns: 2 } },
    })
  }
  const here = make()
  expect(said(await here.run({ task: 'go' })).at(-1)).toBe('c: shown 1')
  const there = make()
  await there.loadState(written(await here.saveState()))
  expect(said(await there.run({ task: 'again' })).at(-1)).toBe('c: shown 3')
  await there.reset()
  expect(said(await there.run({ task: 'anew' })).at(-1)).toBe('c: shown 1')
})

test('it is the participant’s, so that name, description and kinds of answers are the agent’s own', async () => {
  const agent = defineChatAgent({
    ...{ name: 'c', description: 'Counts.', produces: ['text', 'handoff'] },
    respond: async (_, { nextId }) => {
      const own = { kind: 'text' as const, id: nextId(), source: 'c' }
      return { kind: 'message', message: { ...own, content: '1' } }
    },
  })
  const seen: unknown[] = []
  const watching = team([{ agent, filter: { per: [{ source: 'user' }] } }], {
    flow: {
      ...{ kind: 'watching', initial: {} },
      next: ({ speakers, why }) => {
        seen.push(speakers)
        if (why.kind === 'task') return { kind: 'speak', names: ['c'] }
        return { kind: 'stop', reason: { kind: 'completed', text: '' } }
      },
    },
  })
  expect(said(await watching.run({ task: 'go' }))).toEqual(['user: go', 'c: 1'])
  const { name, description, produces } = agent
  expect(seen[0]).toEqual([{ name, description, produces, kind: 'chat-agent' }])
})

test('a team that takes part has one as an agent has', async () => {
  const inner = team([hearer('x')], { budget: { turns: 1 } })
  const filter = { per: [{ source: 'b' }] }
  const outer = team([speaker('a'), speaker('b'), { agent: inner, filter }], {
    budget: { turns: 3 },
  })
  expect(said(await outer.run({ task: 'go' })).at(-1)).toBe(`${inner.name}: b`)
})

test('two agents of a loop each hear the other’s last words alone', async () => {
  const model = scriptedModel(({ messages }) => {
    return messages.map((one) => ('source' in one ? one.source : one.role)).join(' ')
  })
  const make = (name: string, other: string) => ({
    agent: assistantAgent({ name, model, system: null }),
    filter: {
      per: [
        { source: 'user', first: 1 },
        { source: other, last: 1 },
      ],
    },
  })
  const loop = team([make('writer', 'critic'), make('critic', 'writer')], { budget: { turns: 4 } })
  expect(said(await loop.run({ task: 'go' }))).toEqual([
    'user: go',
    'writer: user',
    'critic: user writer',
    'writer: user writer critic',
    'critic: user writer critic writer',
  ])
})
