/**
 * Which nodes run, how often, and in which steps. The tests name faults that other graph runners
 * have had.
 */
import { describe, expect, test } from 'vitest'
import type { Graph } from '../../../src/agentchat/graph/graph.ts'
import { graph } from '../../../src/agentchat/graph/graph-builder.ts'
import { graphFlow } from '../../../src/agentchat/graph/graph-flow.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'
import { contextOf, type WalkOptions, walk } from './walk.ts'

const nodes = (...names: string[]) => names.reduce((drawn, name) => drawn.node(name), graph())
const run = (drawn: Graph, options?: WalkOptions) => walk(graphFlow(drawn), options)
const says = (lines: Record<string, string | string[]>) => (name: string, visit: number) => {
  const said = lines[name]
  return (Array.isArray(said) ? said[visit - 1] : said) ?? `${name} ${visit}`
}

describe('a graph', () => {
  test('runs one node after another, and ends as completed', async () => {
    const { steps, reason } = await run(nodes('a', 'b').edge('a', 'b').build())
    expect(steps).toEqual([['a'], ['b']])
    expect(reason).toEqual({ kind: 'completed', text: 'the graph is done' })
  })

  test('runs those who are ready at once, in the order of its nodes, and joins them', async () => {
    const drawn = nodes('d', 'c', 'b', 'a')
    drawn.edge('a', 'b').edge('a', 'c').edge('b', 'd').edge('c', 'd')
    expect((await run(drawn.build())).steps).toEqual([['a'], ['c', 'b'], ['d']])
  })

  test('begins at several nodes', async () => {
    const drawn = nodes('a', 'b', 'c').edge('a', 'c').edge('b', 'c').build()
    expect((await run(drawn)).steps).toEqual([['a', 'b'], ['c']])
  })

  test('takes an edge by a text, by a field, or by a predicate', async () => {
    const byText = nodes('a', 'b', 'c').branch('a', { yes: 'b', no: 'c' }).build()
    expect((await run(byText, { say: says({ a: 'no' }) })).steps).toEqual([['a'], ['c']])
    const verdict = (equals: boolean) => ({ kind: 'field' as const, path: 'review.passed', equals })
    const byField = nodes('a', 'b', 'c')
      .edge('a', 'b', { when: verdict(true) })
      .edge('a', 'c', { when: verdict(false) })
    const structured = (name: string) => {
      const content = { review: { passed: name !== 'a' } }
      return { kind: 'structured' as const, id: '', source: name, format: 'x', content }
    }
    expect((await run(byField.build(), { say: structured })).steps).toEqual([['a'], ['c']])
    const byPredicate = nodes('a', 'b').edge('a', 'b', { when: ({ source }) => source === 'x' })
    expect((await run(byPredicate.build())).steps).toEqual([['a']])
  })

  test('names the nodes that never ran', async () => {
    const drawn = nodes('a', 'b', 'c').branch('a', { yes: 'b', no: 'c' }).build()
    const { reason } = await run(drawn, { say: says({ a: 'yes' }) })
    expect(reason).toMatchObject({ kind: 'completed', neverRan: ['c'] })
  })
})

describe('a join', () => {
  const diamond = () => nodes('a', 'b', 'c', 'd').branch('a', { B: 'b', C: 'c' })

  test('does not wait for a branch that was not chosen', async () => {
    const drawn = diamond().edge('b', 'd').edge('c', 'd').build()
    expect((await run(drawn, { say: says({ a: 'B' }) })).steps).toEqual([['a'], ['b'], ['d']])
    expect((await run(drawn, { say: says({ a: 'B C' }) })).steps).toEqual([
      ['a'],
      ['b', 'c'],
      ['d'],
    ])
  })

  test('waits for the longer branch, and runs once', async () => {
    const drawn = nodes('a', 'b', 'x', 'c', 'd')
    drawn.edge('a', 'b').edge('b', 'x').edge('x', 'd').edge('a', 'c').edge('c', 'd')
    expect((await run(drawn.build())).steps).toEqual([['a'], ['b', 'c'], ['x'], ['d']])
  })

  test('with any runs for each that comes, and once for those that come together', async () => {
    const drawn = nodes('a', 'b', 'x', 'c').node('d', { activation: 'any' })
    drawn.edge('a', 'b').edge('b', 'x').edge('x', 'd').edge('a', 'c').edge('c', 'd')
    expect((await run(drawn.build())).steps).toEqual([['a'], ['b', 'c'], ['x', 'd'], ['d']])
    const together = nodes('a', 'b', 'c').node('d', { activation: 'any' })
    together.edge('a', 'b').edge('a', 'c').edge('b', 'd').edge('c', 'd')
    expect((await run(together.build())).steps).toEqual([['a'], ['b', 'c'], ['d']])
  })

  test('is not made by one edge that is taken twice', async () => {
    // a arrives at the join twice while b is still on its way: the join waits for b
    const drawn = nodes('a', 'again', 'slow', 'slower', 'b', 'd')
    drawn
      .edge('a', 'again', { when: 'more', most: 1 })
      .edge('again', 'a')
      .edge('a', 'd', { when: 'd' })
    drawn.edge('slow', 'slower').edge('slower', 'b').edge('b', 'd').entry('a').entry('slow')
    const { steps } = await run(drawn.build(), { say: says({ a: 'd more' }) })
    expect(steps.filter((step) => step.includes('d'))).toHaveLength(1)
    expect(steps.at(-1)).toEqual(['d'])
  })

  test('runs once when two of its groups are ready in one step', async () => {
    const drawn = nodes('a', 'b', 'c', 'd').edge('a', 'b').edge('a', 'c')
    drawn.edge('b', 'd', { group: 'one' }).edge('c', 'd', { group: 'two' })
    expect((await run(drawn.build())).steps).toEqual([['a'], ['b', 'c'], ['d']])
  })

  test('joins that wait for each other go on, in the order of the nodes', async () => {
    const drawn = nodes('a', 'b', 'x', 'y').edge('a', 'x').edge('b', 'y')
    drawn.edge('x', 'y', { most: 1 }).edge('y', 'x', { most: 1 })
    const { steps, reason } = await run(drawn.build())
    expect(steps).toEqual([['a', 'b'], ['x'], ['y'], ['x'], ['y']].slice(0, steps.length))
    expect(reason?.kind).toBe('completed')
  })
})

describe('a loop', () => {
  const loop = () => {
    return nodes('write', 'judge', 'publish')
      .edge('write', 'judge')
      .branch('judge', { again: 'write', fine: 'publish' })
  }

  test('goes round until its condition ends it, and its head does not wait for its own end', async () => {
    const { steps } = await run(loop().entry('write').build(), {
      say: says({ judge: ['again', 'again', 'fine'] }),
    })
    expect(steps.flat().join(' ')).toBe('write judge write judge write judge publish')
  })

  test('is entered from outside as well', async () => {
    const drawn = loop().node('start').edge('start', 'write').build()
    const { steps } = await run(drawn, { say: says({ judge: ['again', 'fine'] }) })
    expect(steps.flat().join(' ')).toBe('start write judge write judge publish')
  })

  test('ends at its cap', async () => {
    const drawn = nodes('a', 'b').edge('a', 'b').edge('b', 'a', { most: 3 }).entry('a').build()
    const { steps, reason } = await run(drawn)
    expect(steps.flat().filter((name) => name === 'b')).toHaveLength(4)
    expect(reason?.kind).toBe('completed')
  })

  test('of several, one after another and one within another, each does its rounds', async () => {
    const drawn = nodes('a', 'b', 'c').edge('a', 'b').edge('b', 'a', { when: 'b again' })
    drawn.edge('b', 'c', { when: 'on' }).edge('c', 'b', { when: 'c again' }).entry('a')
    const { steps } = await run(drawn.build(), {
      say: says({ b: ['b again', 'on', 'on'], c: ['c again', 'done'] }),
    })
    expect(steps.flat().join(' ')).toBe('a b a b c b c')
  })

  test('that says the same again and again is ended as no progress', async () => {
    const drawn = nodes('a').edge('a', 'a', { when: 'again' }).entry('a').build()
    const { steps, reason } = await run(drawn, { say: () => 'again' })
    expect(steps).toHaveLength(3)
    expect(reason).toMatchObject({ kind: 'no-progress', speakers: ['a'] })
  })

  test('may do so for as long as its options say', async () => {
    const polling = nodes('a').edge('a', 'a', { when: 'again' }).entry('a').build()
    const say = (_: string, visit: number) => (visit < 50 ? 'again' : 'done')
    const endless = await walk(graphFlow(polling, { sameSteps: Number.POSITIVE_INFINITY }), { say })
    expect([endless.steps.length, endless.reason?.kind]).toEqual([50, 'completed'])
    const ten = await walk(graphFlow(polling, { sameSteps: 10 }), { say })
    expect([ten.steps.length, ten.reason?.kind]).toEqual([10, 'no-progress'])
    for (const sameSteps of [1, Number.NaN, '3' as never]) {
      await expectRefusal(
        () => graphFlow(polling, { sameSteps }),
        'HEDDLE_INVALID_TEAM',
        'sameSteps',
      )
    }
  })
})

describe('a run', () => {
  test('matches an answer to the agent that was asked, whatever source it names', async () => {
    const drawn = nodes('a', 'b').edge('a', 'b').build()
    const say = (name: string) => ({
      kind: 'text' as const,
      id: '',
      source: `${name}-inner`,
      content: '',
    })
    expect((await run(drawn, { say })).steps).toEqual([['a'], ['b']])
  })

  test('with a task begins at the start; without one it asks again those that had not spoken, and after the end begins again', async () => {
    const flow = graphFlow(nodes('a', 'b').edge('a', 'b').build())
    const state = structuredClone(flow.initial) as Record<string, unknown>
    const next = (kind: 'task' | 'goes-on') => flow.next(contextOf(state, { kind, messages: [] }))
    const spoke = (source: string) => {
      const message = { kind: 'text' as const, id: '', source, content: '' }
      return flow.next(contextOf(state, { kind: 'spoke', messages: [message] }))
    }
    expect(await next('task')).toMatchObject({ names: ['a'] })
    expect(await next('goes-on')).toMatchObject({ names: ['a'] })
    expect(await spoke('a')).toMatchObject({ names: ['b'] })
    expect(await next('task')).toMatchObject({ names: ['a'] })
    await spoke('a')
    expect(await spoke('b')).toMatchObject({ kind: 'stop' })
    expect(await next('goes-on')).toMatchObject({ names: ['a'] })
  })
})
