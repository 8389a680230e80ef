/**
 * A payload of any kind is refused where it is made, or every recipient gets it whole. The runtime
 * lives.
 */
import { expect, test } from 'vitest'
import type { Runtime } from '../../src/index.ts'
import { closureAgent } from '../../src/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Act, Ask, puppet, type Step } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'
import { Anything, Seen, Throw, thrower, writer } from '../fixtures/trusting.agent.ts'

/** A test that takes longer hangs. */
const HANGS_MS = 15_000

const detach = (buffer: ArrayBuffer) => structuredClone(buffer, { transfer: [buffer] })

/** Payloads, and what their makers do to them after the publish. */
const HOSTILE: [name: string, make: () => unknown, change?: (value: never) => void][] = [
  ['a proxy', () => new Proxy({ a: 1 }, {})],
  ['a list with a function hanging on it', () => Object.assign([1], { run: () => {} })],
  ['a getter that gives a function the second time', turncoat],
  [
    'a map that gets a function',
    () => new Map(),
    (map: Map<string, unknown>) => map.set('f', () => {}),
  ],
  ['a buffer that is handed away', () => new ArrayBuffer(8), detach],
  ['a date that is set', () => new Date(0), (date: Date) => date.setTime(7)],
  ['a record that is written to', () => ({ a: 1 }), (value: object) => Reflect.set(value, 'a', 2)],
]

onBothRuntimes('a hostile payload', ({ start, share }) => {
  const seen: { by: string; text: string }[] = []
  const collector = closureAgent({
    type: 'collector',
    handlers: (on) => [on(Seen, (one) => void seen.push(one))],
  })
  const agents = [writer, writer.as('other'), puppet, collector]

  /** Publishes the value, and returns what each recipient saw. */
  async function tell(runtime: Runtime, value: unknown, change?: (value: never) => void) {
    seen.splice(0)
    await runtime.publish(Anything({ value }), 'anything/a')
    change?.(value as never)
    await runtime.idle()
    return seen.map(({ by, text }) => `${by} ${text}`)
  }

  test.each(HOSTILE)('%s', { timeout: HANGS_MS }, async (_, make, change) => {
    const runtime = await start({ agents })
    const value = make()
    const before = JSON.stringify({ value })
    let heard: string[] | undefined
    try {
      heard = await tell(runtime, value, change)
    } catch (error) {
      expect(error).toMatchObject({ code: 'HEDDLE_PAYLOAD_NOT_CLONEABLE' })
    }
    if (heard !== undefined) expect(heard).toEqual([`writer ${before}`, `other ${before}`])
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
  })

  const sharedRuntime = share({ agents })
  test.each<[string, () => unknown]>([
    ['a list', () => [1]],
    ['a date', () => new Date(5)],
    ['a map', () => new Map([['a', 1]])],
    ['bytes', () => new Uint8Array([1, 2])],
    ['a record with a field called constructor', () => ({ constructor: 'Acme', list: [1] })],
    ['a record with a field called __proto__', () => JSON.parse('{"__proto__": [1]}')],
  ])('%s that one recipient spoils is whole for the next', async (_, make) => {
    const before = JSON.stringify({ value: make() })
    expect(await tell(sharedRuntime(), make())).toEqual([`writer ${before}`, `other ${before}`])
    // And the bare value, where the writer reaches one level deeper.
    await sharedRuntime().publish(Anything(make()), 'anything/b')
    await sharedRuntime().idle()
    const [one, other] = seen.slice(-2).map(({ text }) => text)
    expect([one, other]).toEqual([JSON.stringify(make()), JSON.stringify(make())])
  })
})

onBothRuntimes('a hostile key', ({ start, share }) => {
  const runtimeOf = share({ agents: [puppet] })

  async function expectKept(runtime: Runtime, key: string): Promise<void> {
    const script: Step[] = [{ do: 'count' }]
    await runtime.publish(Act(script), { type: 'act', source: key })
    await runtime.publish(Act(script), `act/${key}`)
    expect(await runtime.send(Ask(script), { type: 'puppet', key })).toBe(3)
    const snapshot = await runtime.saveState()
    await runtime.loadState(JSON.parse(JSON.stringify(snapshot)))
    expect(await runtime.send(Ask(script), { type: 'puppet', key })).toBe(4)
  }

  test.each(['__proto__', 'constructor', '{source}', '\ud800', ' ', '/'])(
    '%j is a key like any other',
    (key) => expectKept(runtimeOf(), key),
  )

  test.each(['\0', '\0x', '\0puppet/a', '\0closure:puppet/a', '\0key:a', '\0key:\0key:a'])(
    '%j is a key like any other',
    { timeout: HANGS_MS },
    async (key) => expectKept(await start({ agents: [puppet] }), key),
  )
})

onBothRuntimes('a hostile error', ({ share }) => {
  const runtimeOf = share({ agents: [thrower, puppet] })

  test.each(['undefined', 'bare', 'code', 'message', 'stack', 'name', 'getter'] as const)(
    'reaches the caller, and harms nobody: %s',
    { timeout: HANGS_MS },
    async (what) => {
      const runtime = runtimeOf()
      const deaths: unknown[] = []
      runtime.inspect((record) => record.kind === 'lane-died' && deaths.push(record))
      const before = (await runtime.deadLetters.list()).length
      await expectRefusal(() => runtime.send(Throw(what), 'thrower/a'), 'HEDDLE_REQUEST_FAILED')
      expect((await runtime.deadLetters.list()).slice(before)).toMatchObject([
        { reason: { kind: 'failed' } },
      ])
      expect(deaths).toEqual([])
    },
  )
})

function turncoat(): object {
  let reads = 0
  return {
    get value() {
      return reads++ < 2 ? 1 : () => {}
    },
  }
}
