/**
 * Random graphs, compared with a small interpreter that was written only for this test and shares
 * no code with the flow.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Activation, Graph } from '../../../src/agentchat/graph/graph.ts'
import { graph } from '../../../src/agentchat/graph/graph-builder.ts'
import { graphFlow } from '../../../src/agentchat/graph/graph-flow.ts'
import { HeddleError } from '../../../src/index.ts'
import { walk } from './walk.ts'

const MOST = 40
const LETTERS = ['x', 'y', 'z']

interface Sketch {
  readonly nodes: readonly Activation[]
  readonly edges: readonly { from: number; to: number; when: string | null; most: number | null }[]
  /** What each node says, line by line, and then again from the first line. */
  readonly lines: readonly (readonly string[])[]
}

const sketches: fc.Arbitrary<Sketch> = fc.integer({ min: 1, max: 6 }).chain((count) => {
  const node = fc.nat({ max: count - 1 })
  const line = fc.subarray(LETTERS).map((letters) => letters.join(' '))
  return fc.record({
    nodes: fc.array(fc.constantFrom<Activation>('all', 'all', 'any'), {
      minLength: count,
      maxLength: count,
    }),
    edges: fc.uniqueArray(
      fc.record({
        from: node,
        to: node,
        when: fc.option(fc.constantFrom(...LETTERS)),
        most: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 3 }),
      }),
      { maxLength: 10, selector: ({ from, to }) => `${from} ${to}` },
    ),
    lines: fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), {
      minLength: count,
      maxLength: count,
    }),
  })
})

const nameOf = (node: number) => `n${node}`

/** Undefined if the graph can't be built. */
function build({ nodes, edges }: Sketch): Graph | undefined {
  const drawn = graph()
  for (const [at, activation] of nodes.entries()) drawn.node(nameOf(at), { activation })
  for (const { from, to, when, most } of edges) {
    const options = { ...(when !== null && { when }), ...(most !== null && { most }) }
    drawn.edge(nameOf(from), nameOf(to), options)
  }
  try {
    return drawn.entry(nameOf(0)).build()
  } catch (error) {
    if (error instanceof HeddleError && error.code === 'HEDDLE_INVALID_GRAPH') return undefined
    throw error
  }
}

/**
 * A second implementation of the rule. Returns steps of node names, or undefined if there are more
 * than `MOST`.
 */
function interpret({ nodes, edges, lines }: Sketch): string[][] | undefined {
  const used = edges.map(() => 0)
  const token = edges.map(() => false)
  const visits = nodes.map(() => 0)
  const isOpen = (edge: number) => used[edge]! < (edges[edge]!.most ?? Number.POSITIVE_INFINITY)
  const hasToken = (node: number) => edges.some(({ to }, edge) => to === node && token[edge])
  /** Whether `to` can still be reached from `from` by open edges, without passing `not`. */
  const leads = (from: number, to: number, not: number, seen = new Set<number>()): boolean => {
    if (from === not || seen.has(from)) return false
    if (from === to) return true
    seen.add(from)
    return edges.some(
      (edge, at) =>
        edge.from === from && edge.to !== not && isOpen(at) && leads(edge.to, to, not, seen),
    )
  }
  const isReady = (node: number) => {
    if (!hasToken(node)) return false
    if (nodes[node] === 'any') return true
    const others = nodes.map((_, at) => at).filter((at) => at !== node && hasToken(at))
    return !edges.some((edge, at) => {
      if (edge.to !== node || token[at] || !isOpen(at)) return false
      return others.some((other) => leads(other, edge.from, node))
    })
  }
  const steps: string[][] = []
  let step = [0]
  while (step.length > 0) {
    if (steps.length === MOST) return undefined
    steps.push(step.map(nameOf))
    for (const node of step) {
      const own = lines[node]!
      const said = own[visits[node]!++ % own.length]!
      for (const [at, edge] of edges.entries()) {
        if (edge.from !== node || !isOpen(at)) continue
        if (edge.when !== null && !said.includes(edge.when)) continue
        used[at]!++
        token[at] = true
      }
    }
    const all = nodes.map((_, at) => at)
    step = all.filter(isReady)
    const stuck = all.find(hasToken)
    if (step.length === 0 && stuck !== undefined) step = [stuck]
    for (const [at, { to }] of edges.entries()) if (step.includes(to)) token[at] = false
  }
  return steps
}

const say =
  ({ lines }: Sketch) =>
  (name: string, visit: number) => {
    const own = lines[Number(name.slice(1))]!
    return own[(visit - 1) % own.length]!
  }

test('a graph runs the nodes that the interpreter runs, in the same steps, and ends as it does', async () => {
  let ran = 0
  await fc.assert(
    fc.asyncProperty(sketches, async (sketch) => {
      const built = build(sketch)
      fc.pre(built !== undefined)
      const { steps, reason } = await walk(graphFlow(built), { say: say(sketch), most: MOST })
      const expected = interpret(sketch)
      if (reason?.kind === 'no-progress') {
        expect(expected === undefined || expected.length >= steps.length).toBe(true)
        expect(steps).toEqual((expected ?? steps).slice(0, steps.length))
        return
      }
      ran++
      expect(reason?.kind).toBe(expected === undefined ? undefined : 'completed')
      if (expected === undefined) return
      expect(steps).toEqual(expected)
      const silent = built.nodes.filter((name) => !steps.flat().includes(name))
      expect(reason?.kind === 'completed' && (reason.neverRan ?? [])).toEqual(silent)
    }),
    { numRuns: 1_500 },
  )
  expect(ran).toBeGreaterThan(500)
})

test('saved and loaded between any two steps, it goes on the same', async () => {
  await fc.assert(
    fc.asyncProperty(sketches, async (sketch) => {
      const built = build(sketch)
      fc.pre(built !== undefined)
      const whole = await walk(graphFlow(built), { say: say(sketch), most: MOST })
      const between = (state: Record<string, unknown>) => JSON.parse(JSON.stringify(state))
      expect(await walk(graphFlow(built), { say: say(sketch), most: MOST, between })).toEqual(whole)
    }),
    { numRuns: 300 },
  )
})

test('what can be built and has a cap on every cycle always ends', async () => {
  await fc.assert(
    fc.asyncProperty(sketches, async (sketch) => {
      const capped = {
        ...sketch,
        edges: sketch.edges.map((edge) => ({ ...edge, most: edge.most ?? 2 })),
      }
      const built = build(capped)
      fc.pre(built !== undefined)
      const { reason } = await walk(graphFlow(built), { say: say(sketch), most: 200 })
      expect(reason).toBeDefined()
    }),
    { numRuns: 500 },
  )
})
