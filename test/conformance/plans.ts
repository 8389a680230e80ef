/**
 * Random plans: messages from outside, each with the script that its agents play.
 */
import fc from 'fast-check'
import type { Op, Script, Step } from '../fixtures/script.ts'

/** A message from outside. `to`: a topic for a publish, an agent for a request. */
export interface Planned extends Step {
  readonly kind: 'publish' | 'send'
  readonly to: string
}

export type Plan = readonly Planned[]

/** The agents of a cast. A topic type has the letters of its subscribers; `void` has none. */
export const CAST = ['a', 'b', 'c'] as const
export const TOPICS = ['a', 'b', 'c', 'ab', 'abc', 'void'] as const

/**
 * A script whose messages have no labels yet, and whose requests have the distance to a key, not
 * its name.
 */
type Sketch = readonly SketchOp[]
type SketchOp =
  | {
      readonly op: 'publish'
      readonly topic: string
      readonly key: number
      readonly toSelf: boolean
      readonly script: Sketch
    }
  | {
      readonly op: 'ask'
      readonly agent: string
      readonly by: number
      readonly when: 'now' | 'later'
      readonly caught: boolean
      readonly limit?: string | undefined
      readonly script: Sketch
    }
  | { readonly op: 'once' }
  | Exclude<Op, { readonly op: 'publish' | 'ask' | 'once' }>

export interface PlanOptions {
  /** How many keys there are, at most. Default 3. */
  readonly keys?: number
  /**
   * Which keys agents ask. `up` means their own key and later ones, so that no two chains can wait
   * for each other.
   */
  readonly asks?: 'nobody' | 'own-key' | 'up' | 'anybody'
  readonly fails?: boolean
  /** Whether turns change state. Default true. */
  readonly adds?: boolean
  readonly sends?: boolean
  readonly messages?: number
  /** Whether some agents go on before the reply. Default true. */
  readonly later?: boolean
  /** A named limit that some requests hold. */
  readonly limit?: string
  /** Where messages are published. Default: everywhere. */
  readonly topics?: readonly string[]
  /** Whether turns have effects outside, each once. Default false. */
  readonly effects?: boolean
  /** Whether turns publish. Default true. */
  readonly publishes?: boolean
}

export function plans(options: PlanOptions = {}): fc.Arbitrary<Plan> {
  const { keys = 3, asks = 'up', sends = true, messages = 12, topics = TOPICS } = options
  const key = fc.nat({ max: keys - 1 })
  const agent = fc.constantFrom(...CAST)
  const sketch = sketches(options)
  const publish = fc.record({
    kind: fc.constant('publish' as const),
    topic: fc.constantFrom(...topics),
    key,
    sketch,
  })
  const send = fc.record({ kind: fc.constant('send' as const), topic: agent, key, sketch })
  const message = sends
    ? fc.oneof({ weight: 3, arbitrary: publish }, { weight: 1, arbitrary: send })
    : publish
  return fc.array(message, { minLength: 1, maxLength: messages, size: 'max' }).map((list) =>
    list.map(({ kind, topic, key, sketch }, at): Planned => {
      const label = String(at + 1)
      const place = { key, keys, wraps: asks === 'anybody' }
      return { kind, to: `${topic}/${keyName(key)}`, label, script: resolve(sketch, label, place) }
    }),
  )
}

function sketches(options: PlanOptions): fc.Arbitrary<Sketch> {
  const {
    keys = 3,
    asks = 'up',
    fails = true,
    adds: changes = true,
    later = true,
    publishes = true,
    topics = TOPICS,
    limit,
    effects = false,
  } = options
  const op = <T extends SketchOp['op']>(name: T) => fc.constant(name)
  const waits = fc.record({ op: op('wait'), ticks: fc.integer({ min: 1, max: 4 }) })
  const adds = fc.record(
    { op: op('add'), n: fc.integer({ min: 1, max: 9 }), entry: fc.constantFrom('x', 'y') },
    { requiredKeys: ['op', 'n'] },
  )
  const emits = fc.record({ op: op('emit') })
  const plain: fc.WeightedArbitrary<SketchOp>[] = [
    { weight: 2, arbitrary: waits },
    ...(changes ? [{ weight: 3, arbitrary: adds }] : []),
    { weight: 1, arbitrary: emits },
  ]
  if (effects) plain.push({ weight: 4, arbitrary: fc.record({ op: op('once') }) })
  if (fails) plain.push({ weight: 1, arbitrary: fc.record({ op: op('fail') }) })
  const { script } = fc.letrec<{ script: Sketch; op: SketchOp }>((tie) => {
    const publish = fc.record({
      op: op('publish'),
      topic: fc.constantFrom(...topics),
      key: fc.nat({ max: keys - 1 }),
      toSelf: fc.boolean(),
      script: tie('script'),
    })
    const by = asks === 'own-key' ? fc.constant(0) : fc.nat({ max: keys - 1 })
    const ask = fc.record({
      op: op('ask'),
      agent: fc.constantFrom(...CAST),
      by,
      when: later ? fc.constantFrom('now', 'now', 'later') : fc.constant('now'),
      caught: fc.boolean(),
      ...(limit && { limit: fc.option(fc.constant(limit), { nil: undefined, freq: 3 }) }),
      script: tie('script'),
    })
    const deep: fc.WeightedArbitrary<SketchOp>[] = []
    if (publishes) deep.push({ weight: 3, arbitrary: publish })
    if (asks !== 'nobody') deep.push({ weight: publishes ? 2 : 8, arbitrary: ask })
    return {
      script: fc.array(tie('op'), { maxLength: 4, depthIdentifier: 'script', size: 'max' }),
      op: fc.oneof(
        { maxDepth: 4, depthIdentifier: 'script', depthSize: 'medium' },
        ...plain,
        ...deep,
      ),
    }
  })
  return script
}

interface Place {
  readonly key: number
  readonly keys: number
  /** Whether the first key follows the last. */
  readonly wraps: boolean
}

function resolve(sketch: Sketch, label: string, place: Place): Script {
  return sketch.map((op, at): Op => {
    const own = `${label}.${at + 1}`
    if (op.op === 'publish') {
      const { topic, key, toSelf, script } = op
      const to = `${topic}/${keyName(key)}`
      return {
        op: 'publish',
        to,
        toSelf,
        label: own,
        script: resolve(script, own, { ...place, key }),
      }
    }
    if (op.op === 'once') return { op: 'once', name: own }
    if (op.op !== 'ask') return op
    const { agent, by, when, caught, limit } = op
    const after = place.key + by
    const key = place.wraps ? after % place.keys : Math.min(after, place.keys - 1)
    const script = resolve(op.script, own, { ...place, key })
    const ask = {
      op: 'ask' as const,
      to: `${agent}/${keyName(key)}`,
      when,
      caught,
      label: own,
      script,
    }
    return limit === undefined ? ask : { ...ask, limit }
  })
}

function keyName(key: number): string {
  return `k${key + 1}`
}
