/**
 * Mutants of the rules for work that a turn began and did not await, and for whose code ended a
 * lane.
 */
import type { Mutant } from './mutants.ts'

const proof = (name: string) => `test/conformance/${name}.test.ts`
const shown = (name: string) => `test/behaviour/${name}.test.ts`

export const TURN_MUTANTS: readonly Mutant[] = [
  {
    line: 'D3',
    name: 'turns and listeners run in the context of the code that woke them',
    edits: [['src/agents/turn-context.ts', 'if (!isShared) return neutral(work)', 'return work()']],
    tests: [proof('d3-contexts')],
  },
  {
    line: 'D5',
    name: 'a commit is posted before it is known what its turns forgot',
    edits: [
      [
        'src/lane/lane.ts',
        'this.clock.soon(() => this.#pump())\n    this.clock.soon(() => this.#settle())',
        'this.clock.soon(() => {\n      this.#pump()\n      this.#settle()\n    })',
      ],
    ],
    tests: [shown('forgotten')],
  },
  {
    line: 'D5',
    name: 'what ran on top of a turn that failed after all is not undone',
    edits: [['src/lane/lane-turns.ts', '.filter((other) => other.undo())', '.filter(() => false)']],
    tests: [shown('forgotten')],
  },
  {
    line: 'D6',
    name: 'an error that nobody caught is laid at nobody’s door',
    edits: [
      [
        'src/agents/turn-context.ts',
        'return this.#door.uncaught(this, error)',
        'return error === this.#door',
      ],
    ],
    tests: [shown('forgotten')],
  },
  {
    line: 'D6',
    name: 'whose code ended a lane is not heeded',
    edits: [
      [
        'src/router/fleet/blame.ts',
        "return culprit.kind === 'unknown' ? { kind: 'turns' } : culprit",
        "return { kind: 'turns' }",
      ],
    ],
    tests: [proof('d6-culprits')],
  },
  {
    line: 'D6',
    name: 'a turn that has ended and is not committed is not suspected',
    edits: [
      ['src/wire/counters.ts', 'return this.#turnOf(slot) !== 0', 'return this.#turnOf(slot) > 0'],
    ],
    tests: [proof('d6-culprits')],
  },
  {
    line: 'D6',
    name: 'deaths that turns have caused count against the restart budget',
    edits: [
      [
        'src/router/fleet/restarts.ts',
        "else if (toll !== 'attributed') past.deaths.push(now)",
        'else past.deaths.push(now)',
      ],
    ],
    tests: [proof('d6-culprits')],
  },
  {
    line: 'D6',
    name: 'a delivery is taken for the turn that had its place in shared memory before',
    edits: [['src/wire/counters.ts', 'cells[at + TURN] = 0', '']],
    tests: ['test/wire/counters.test.ts'],
  },
  {
    line: 'D9',
    name: 'a turn that is tried again has no limit',
    edits: [
      [
        'src/router/watches/turn-watch.ts',
        'lane.due.put(delivery, dueAt)',
        'if (since !== undefined) lane.due.put(delivery, dueAt)',
      ],
    ],
    tests: ['test/router/watches/turn-watch.test.ts'],
  },
  {
    line: 'D9',
    name: 'a turn that holds the thread has no limit while the one before it is not reported',
    edits: [
      ['src/router/watches/turn-watch.ts', 'if (holder?.dueAt === 0) lane.due.soon(holder)', ''],
      ['src/router/watches/turn-watch.ts', 'if (next?.dueAt === 0) lane.due.soon(next)', ''],
    ],
    tests: ['test/router/watches/turn-watch.test.ts', shown('turn-timeout')],
  },
  {
    line: 'D9',
    name: 'turns that were found to have begun while keys were taken back have no limit',
    edits: [['src/router/fleet/claims.ts', 'if (first !== undefined) this.#begun(first)', '']],
    tests: ['test/router/fleet/claims.test.ts'],
  },
  {
    line: 'D9',
    name: 'a turn that blocked its thread is taken for one that killed it',
    edits: [
      [
        'src/router/deliveries/recovery.ts',
        "if (isHeddleError(cause, 'HEDDLE_LANE_HUNG'))",
        'if (cause === null)',
      ],
    ],
    tests: [proof('d6-hung')],
  },
  {
    line: 'D6',
    name: 'a turn that ended its lane goes first again',
    edits: [
      [
        'src/router/fleet/placement.ts',
        'incidents?.caused ?? 0) > 0) this.#queueLast(key, lane)',
        'incidents?.caused ?? 0) < 0) this.#queueLast(key, lane)',
      ],
    ],
    tests: [proof('d6-culprits')],
  },
  {
    line: 'D6',
    name: 'nobody knows which turn a thread hangs in',
    edits: [['src/lane/lane.ts', 'counters.enter(slot)', '']],
    tests: [proof('d6-culprits')],
  },
  {
    line: 'D7',
    name: 'the next attempt of a turn does not get what was recorded',
    edits: [['src/router/fleet/placement.ts', '{ recorded: recorded.all }', '{ recorded: [] }']],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'what a turn did once stays on its lane',
    edits: [
      [
        'src/lane/lane.ts',
        "this.#options.post({ kind: 'recorded', slot, sequence, result })",
        'void [slot, sequence, result]',
      ],
    ],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'a lane does an effect that it has the result of',
    edits: [
      [
        'src/lane/once.ts',
        'if (before !== undefined) return given',
        'if (before !== undefined && part.run.host.isDead) return given',
      ],
    ],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'a name may be used twice in one attempt',
    edits: [['src/lane/once.ts', 'run.onceNames.add(full)', '']],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'a late result of an attempt that has ended replaces the one that was seen',
    edits: [['src/wire/recorded.ts', 'if (this.#results.has(result.name)) return false', '']],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'an effect under way is done again by the next attempt',
    edits: [['src/lane/once.ts', 'underWay.set(full, work)', '']],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'who waits for an effect under way fails as that does',
    edits: [
      ['src/lane/once.ts', 'ending.throwIfAborted()\n    return undefined', 'throw new Error()'],
    ],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'an effect whose result can’t be kept is forgotten',
    edits: [
      ['src/lane/once.ts', 'recorded.add(kept)', 'if (kept.lost === undefined) recorded.add(kept)'],
    ],
    tests: [shown('once-lost')],
  },
  {
    line: 'D7',
    name: 'a turn is tried again whose effect can’t be kept',
    edits: [['src/agents/retry.ts', ' || isOfEffect(error)) return true', ') return true']],
    tests: [shown('once-lost')],
  },
  {
    line: 'D8',
    name: 'what turns did once does not count against the bounds',
    edits: [['src/router/ledger/ledger.ts', 'this.#bytes += result.bytes', '']],
    tests: [shown('once')],
  },
  {
    line: 'D8',
    name: 'a turn may keep any number of bytes',
    edits: [
      [
        'src/lane/once.ts',
        'if (bytes > limit) throw fullError(part, name, { bytes, limit })',
        'if (bytes < limit && bytes > limit) throw fullError(part, name, { bytes, limit })',
      ],
    ],
    tests: [shown('once')],
  },
  {
    line: 'D7',
    name: 'a turn that is tried again calls the main thread beside what its last attempt called',
    edits: [['src/router/requests/main-calls.ts', 'await Promise.all(earlier)', 'void earlier']],
    tests: [shown('main-parts')],
  },
  {
    line: 'D6',
    name: 'what a turn called goes on when its lane has died',
    edits: [
      ['src/router/requests/main-calls.ts', "this.#end('its lane has died')", 'void this.asking'],
    ],
    tests: [shown('main-parts')],
  },
  {
    line: 'D9',
    name: 'what a turn called and does not wait for goes on',
    edits: [['src/router/requests/main-calls.ts', 'this.#end(reason)', 'void reason']],
    tests: [shown('main-parts')],
  },
]
