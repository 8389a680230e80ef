import { describe, expect, test } from 'vitest'
import { graph } from '../../../src/agentchat/graph/graph-builder.ts'
import { graphFlow } from '../../../src/agentchat/graph/graph-flow.ts'
import { mermaidOf } from '../../../src/agentchat/graph/mermaid.ts'
import { HeddleError } from '../../../src/index.ts'

function problemOf(make: () => unknown): { problem: string; path: readonly string[] } {
  try {
    make()
  } catch (error) {
    if (error instanceof HeddleError && error.code === 'HEDDLE_INVALID_GRAPH')
      return error.fields as never
    throw error
  }
  throw new Error('it was built')
}

const ab = () => graph().node('a').node('b')

describe('build finds', () => {
  test.each([
    ['no nodes', () => graph(), 'no nodes', []],
    ['a node twice', () => ab().node('a'), "two nodes are called 'a'", ['a']],
    ['an edge to a stranger', () => ab().edge('a', 'c'), "'c'", ['a', 'c']],
    ['an edge twice', () => ab().edge('a', 'b').edge('a', 'b'), 'twice', ['a', 'b']],
    ['a strange entry', () => ab().edge('a', 'b').entry('x'), "'x'", ['x']],
    [
      'no entry',
      () => ab().edge('a', 'b', { when: 'x' }).edge('b', 'a'),
      'where it begins',
      ['a', 'b', 'a'],
    ],
    ['a node that no way leads to', () => ab().entry('a'), "'b'", ['b']],
    [
      'conditions beside none',
      () => ab().node('c').edge('a', 'b').edge('a', 'c', { when: 'x' }),
      'conditions',
      ['b', 'a', 'c'],
    ],
    [
      'a group that does not agree',
      () => ab().node('c').edge('a', 'c').edge('b', 'c', { activation: 'any' }),
      'agree',
      ['a', 'c', 'b'],
    ],
    [
      'an endless cycle',
      () => ab().edge('a', 'b').edge('b', 'a').entry('a'),
      'nothing ends',
      ['a', 'b', 'a'],
    ],
    [
      'an endless cycle that has a way out',
      () => ab().node('c').edge('a', 'b').edge('b', 'a').edge('b', 'c').entry('a'),
      'nothing ends',
      ['a', 'b', 'a'],
    ],
    ['a cap of nothing', () => ab().edge('a', 'b', { most: 0 }), 'cap', ['a', 'b']],
  ] as const)('%s, and shows where', (_, draw, problem, path) => {
    const found = problemOf(() => draw().build())
    expect(found.problem).toContain(problem)
    expect(found.path).toEqual(path)
  })

  test('nothing wrong with a cycle that a condition or a cap ends, nor with a graph without a leaf', () => {
    ab().edge('a', 'b').edge('b', 'a', { when: 'again' }).entry('a').build()
    ab().edge('a', 'b').edge('b', 'a', { most: 2 }).entry('a').build()
  })
})

describe('a team', () => {
  const speaker = (name: string) => {
    return { name, description: '', produces: [], kind: 'chat-agent' as const }
  }
  const bounded = { isBounded: true }

  test('has all of its graph’s nodes as participants, and no others', () => {
    const flow = graphFlow(ab().edge('a', 'b').build())
    expect(() => flow.check?.([speaker('a')], bounded)).toThrow(/'b', who does not take part/)
    expect(() => flow.check?.(['a', 'b', 'c'].map(speaker), bounded)).toThrow(/'c' takes part/)
    flow.check?.(['a', 'b'].map(speaker), bounded)
  })

  test('with a graph that may loop without end must have a bound', () => {
    const flow = graphFlow(ab().edge('a', 'b').edge('b', 'a', { when: 'x' }).entry('a').build())
    expect(() => flow.check?.(['a', 'b'].map(speaker), { isBounded: false })).toThrow(/a → b → a/)
    flow.check?.(['a', 'b'].map(speaker), bounded)
  })
})

test('a picture of a graph, and of a run of it', () => {
  const loop = graph().node('write').node('judge').node('pub"lish')
  loop.edge('write', 'judge').edge('judge', 'write', { when: 'again', most: 2 })
  loop.edge('judge', 'pub"lish', { when: 'fine' }).entry('write')
  const built = loop.build()
  expect(mermaidOf(built)).toBe(`flowchart TD
  n0(["write"])
  n1["judge"]
  n2["pub#34;lish"]
  n0 --> n1
  n1 -->|"'again', at most 2"| n0
  n1 -->|"'fine'"| n2
`)
  expect(mermaidOf(built, { ran: { write: 2, judge: 2 }, taken: [2, 1, 0] })).toBe(`flowchart TD
  n0(["write ×2"])
  n1["judge ×2"]
  n2["pub#34;lish"]
  n0 -->|"×2"| n1
  n1 -->|"'again', at most 2, ×1"| n0
  n1 -.->|"'fine'"| n2
  classDef silent stroke-dasharray: 4
  class n2 silent
`)
})
