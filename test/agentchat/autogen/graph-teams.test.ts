/** Graphs at work in teams: what is said, cut, saved and begun again between their steps. */
import { describe, expect, test } from 'vitest'
import type { ChatAgent } from '../../../src/agentchat/agents/chat-agent.ts'
import { assistantAgent } from '../../../src/agentchat/assistant/assistant.ts'
import { maxMessages, textMention } from '../../../src/agentchat/conditions/conditions.ts'
import type { Graph } from '../../../src/agentchat/graph/graph.ts'
import { graph } from '../../../src/agentchat/graph/graph-builder.ts'
import { graphFlow } from '../../../src/agentchat/graph/graph-flow.ts'
import type { TaskResult } from '../../../src/agentchat/runs/task.ts'
import type { TeamOptions } from '../../../src/agentchat/teams/team.ts'
import { scriptedModel } from '../../../src/testing/scripted-model.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'
import { hearer, said, speaker, started, task, team, written } from './cast.ts'

const nodes = (...names: string[]) => names.reduce((drawn, name) => drawn.node(name), graph())
const graphTeam = (
  drawn: Graph,
  participants: readonly ChatAgent[],
  options: Partial<TeamOptions> = {},
) => team(participants, { flow: graphFlow(drawn), ...options })
const speakers = ({ messages }: TaskResult) => {
  return messages.map(({ source }) => source).filter((source) => source !== 'user')
}
/** Fails `times` times, and then speaks. */
function failing(name: string, times: number): ChatAgent {
  let left = times
  return speaker(name, () => {
    if (left-- > 0) throw new Error(`${name} is not well`)
    return 'well'
  })
}

describe('a graph of a team', () => {
  test('takes no edge by its task, even if that has a node’s name', async () => {
    const drawn = nodes('a', 'b').edge('a', 'b', { when: 'go' }).build()
    const result = await graphTeam(drawn, [speaker('a'), speaker('b')]).run({
      task: task('a', 'go'),
    })
    expect(result.messages.map(({ source }) => source)).toEqual(['a', 'a'])
    expect(result.stopReason).toMatchObject({ kind: 'completed', neverRan: ['b'] })
  })

  test('has each hear all that was said, whatever its edges, unless its filter narrows that', async () => {
    const drawn = nodes('a', 'b', 'c').edge('a', 'b').edge('b', 'c').build()
    const make = (c: TeamOptions['participants'][number]) => {
      return team([speaker('a'), speaker('b'), c], { flow: graphFlow(drawn) })
    }
    expect(said(await make(hearer('c')).run({ task: 'go' })).at(-1)).toBe('c: user a b')
    const narrowed = { agent: hearer('c'), filter: { per: [{ source: 'b' }] } }
    expect(said(await make(narrowed).run({ task: 'go' })).at(-1)).toBe('c: b')
  })

  test('ends by a condition that is met between its steps, and goes on there without a task', async () => {
    const drawn = nodes('a', 'b', 'c').edge('a', 'b').edge('b', 'c').build()
    const cut = graphTeam(drawn, [speaker('a', 'STOP'), speaker('b'), speaker('c')], {
      stopWhen: textMention('STOP'),
    })
    const first = await cut.run({ task: 'go' })
    expect([speakers(first), first.stopReason.kind]).toEqual([['a'], 'condition'])
    const second = await cut.run()
    expect([speakers(second), second.stopReason.kind]).toEqual([['b', 'c'], 'completed'])
  })

  test('is ended by the condition that its last node meets, and then has nothing left to do', async () => {
    const drawn = nodes('a', 'b').edge('a', 'b').build()
    const both = graphTeam(drawn, [speaker('a'), speaker('b', 'STOP')], {
      stopWhen: textMention('STOP'),
    })
    expect((await both.run({ task: 'go' })).stopReason.kind).toBe('condition')
    const rest = await both.run()
    expect([speakers(rest), rest.stopReason.kind]).toEqual([[], 'completed'])
  })

  test('counts all who speak in a step for a limit of messages', async () => {
    const drawn = nodes('a', 'b', 'c', 'd').edge('a', 'b').edge('a', 'c')
    drawn.edge('b', 'd').edge('c', 'd')
    const four = ['a', 'b', 'c', 'd'].map((name) => speaker(name))
    const { stopReason } = await graphTeam(drawn.build(), four, { stopWhen: maxMessages(3) }).run({
      task: 'go',
    })
    expect(stopReason).toMatchObject({ conditions: [{ kind: 'max-messages', count: 4 }] })
  })

  test('begins again with the next task, without a reset, and its agents remember', async () => {
    const drawn = nodes('a', 'b').edge('a', 'b').edge('b', 'a', { most: 1 }).entry('a').build()
    const model = scriptedModel(({ messages, caller }) => `${caller.call}: ${messages.length}`)
    const remembering = assistantAgent({ name: 'a', model, system: null })
    const twice = graphTeam(drawn, [remembering, speaker('b')])
    expect(said(await twice.run({ task: 'one' }))).toEqual([
      'user: one',
      'a: 0: 1',
      'b: well',
      'a: 1: 3',
      'b: well',
    ])
    expect(said(await twice.run({ task: 'two' }))).toEqual([
      'user: two',
      'a: 2: 6',
      'b: well',
      'a: 3: 8',
      'b: well',
    ])
  })
})

describe('saved and loaded after each step, a graph', () => {
  const cases: Record<string, readonly [Graph, Record<string, string>, string]> = {
    'takes a loop as often as its cap says': [
      nodes('a', 'b').edge('a', 'b').edge('b', 'a', { most: 2 }).entry('a').build(),
      {},
      'a b a b a b',
    ],
    'makes a join that was half done': [
      nodes('a', 'b', 'c', 'x', 'd')
        .edge('a', 'b')
        .edge('a', 'c')
        .edge('c', 'x')
        .edge('x', 'd')
        .edge('b', 'd')
        .build(),
      {},
      'a b c x d',
    ],
    'takes an edge by its predicate, and no other': [
      nodes('a', 'b', 'c')
        .edge('a', 'b', { when: (message) => message.kind === 'stop' })
        .edge('a', 'c', { when: (message) => message.kind === 'text' })
        .build(),
      {},
      'a c',
    ],
    'runs each group that is ready, once': [
      nodes('a', 'b', 'c', 'd')
        .edge('a', 'b')
        .edge('a', 'c')
        .edge('b', 'd', { group: 'one' })
        .edge('c', 'd', { group: 'two' })
        .build(),
      {},
      'a b c d',
    ],
  }
  test.each(Object.entries(cases))('%s', async (_, [drawn, lines, expected]) => {
    const make = () => {
      const all = drawn.nodes.map((name) => speaker(name, lines[name]))
      return graphTeam(drawn, all, { name: 'stepping', budget: { turns: 1 } })
    }
    let current = make()
    const spoken: string[] = []
    let result = await current.run({ task: 'go' })
    for (let step = 0; step < 20 && result.stopReason.kind === 'budget'; step++) {
      spoken.push(...speakers(result))
      const saved = written(await current.saveState())
      current = make()
      await current.loadState(saved)
      result = await current.run()
    }
    expect(result.stopReason.kind).toBe('completed')
    expect(spoken.join(' ')).toBe(expected)
  })
})

test('what was saved of a graph is loaded under the same edges, and refused under others', async () => {
  const drawn = (...edges: readonly (readonly [string, string])[]) => {
    let graph = nodes('a', 'b', 'c')
    for (const [from, to] of edges) graph = graph.edge(from, to)
    const all = ['a', 'b', 'c'].map((name) => speaker(name))
    return graphTeam(graph.build(), all, { name: 'keeper', budget: { turns: 1 } })
  }
  const line = drawn(['a', 'b'], ['b', 'c'])
  await line.run({ task: 'go' })
  const saved = written(await line.saveState())
  for (const other of [
    drawn(['c', 'b'], ['c', 'a']),
    drawn(['a', 'c'], ['c', 'b']),
    drawn(['b', 'c'], ['a', 'b']),
  ]) {
    const before = await other.saveState()
    await expectRefusal(() => other.loadState(saved), 'HEDDLE_INVALID_SNAPSHOT', 'a → b', 'shape')
    expect(await other.saveState()).toEqual(before)
  }
  const same = drawn(['a', 'b'], ['b', 'c'])
  await same.loadState(saved)
  expect(speakers(await same.run())).toEqual(['b'])
})

describe('a node that fails', () => {
  const drawn = () => nodes('a', 'b', 'c').edge('a', 'b').edge('b', 'c').build()
  const make = (name: string) => {
    return graphTeam(drawn(), [speaker('a'), failing('b', 1), speaker('c')], { name })
  }

  test('is asked again by the next run, which then goes on to the end', async () => {
    const abc = make('failing-1')
    expect((await abc.run({ task: 'go' })).stopReason).toMatchObject({
      kind: 'failed',
      source: 'b',
    })
    const next = await abc.run()
    expect([speakers(next), next.stopReason.kind]).toEqual([['b', 'c'], 'completed'])
  })

  test('leaves nothing behind: with a new task, and after a reset, the graph runs whole', async () => {
    for (const resets of [true, false]) {
      const abc = make(`failing-2-${resets}`)
      await abc.run({ task: 'go' })
      if (resets) await abc.reset()
      const next = await abc.run({ task: 'again' })
      expect([speakers(next), next.stopReason.kind]).toEqual([['a', 'b', 'c'], 'completed'])
    }
  })

  test('does the same on a runtime that is given', async () => {
    const abc = make('failing-3')
    const { runtime } = await started(abc)
    const conversation = abc.conversation(runtime, 'conv')
    expect((await conversation.run({ task: 'go' })).stopReason.kind).toBe('failed')
    expect((await conversation.run()).stopReason.kind).toBe('completed')
    expect(speakers(await conversation.run({ task: 'again' }))).toEqual(['a', 'b', 'c'])
  })
})
