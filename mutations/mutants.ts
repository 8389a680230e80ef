/** The breaks: one for each mechanism that upholds a line of the contract, and the tests that must tell it. */

/** One deliberate defect of the runtime. */
export interface Mutant {
  /** The line of the contract that it breaks. */
  readonly line: string
  /** What goes wrong, as a sentence. */
  readonly name: string
  /** Texts to be replaced, each found exactly once in its file. */
  readonly edits: readonly (readonly [file: string, from: string, to: string])[]
  /** The test files that are run. */
  readonly tests: readonly string[]
}

const runtime = (file: string) => `src/runtime/${file}.ts`
const proof = (name: string) => `test/conformance/${name}.test.ts`
const simulated = 'test/simulation/simulate.test.ts'
const shown = (name: string) => `test/behaviour/${name}.test.ts`

export const MUTANTS: readonly Mutant[] = [
  {
    line: 'D1',
    name: 'a key begins its next turn while one is suspended',
    edits: [[runtime('mailboxes'), "mailbox.held = 'by-turn'", '']],
    tests: [proof('d1-serial')],
  },
  {
    line: 'D1',
    name: 'what a dead lane had goes back in reverse order',
    edits: [
      [runtime('placement'), 'key?.putBack(deliveries)', 'key?.putBack(deliveries.toReversed())'],
    ],
    tests: [proof('d6-survives')],
  },
  {
    line: 'D1',
    name: 'a key goes on while a failed turn of it waits to be tried again',
    edits: [
      [
        runtime('mailboxes'),
        'this.#pauses.set(delivery.slot, { mailbox, delivery, stopTimer })',
        'this.#pauses.set(delivery.slot, { mailbox, delivery, stopTimer })\n    this.release(mailbox)',
      ],
    ],
    tests: [shown('retry')],
  },
  {
    line: 'D2',
    name: 'one key may fill a lane’s whole credit',
    edits: [
      [
        runtime('lane-channel'),
        'Math.max(MIN_CREDIT, this.#credit >> 2)',
        'Number.POSITIVE_INFINITY',
      ],
      [runtime('placement'), 'const ROTATION = 8', 'const ROTATION = 100_000'],
    ],
    tests: [proof('d2-parallel'), 'test/runtime/placement.test.ts'],
  },
  {
    line: 'D1',
    name: 'a lane begins what was taken back from it',
    edits: [[runtime('lane'), 'if (!counters.claim(delivery.claim))', 'if (delivery.claim < 0)']],
    tests: [proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'a lane goes on behind a delivery that was taken back, before it has read so',
    edits: [[runtime('lane'), "mailbox.held = 'by-recall'", 'this.#mailboxes.release(mailbox)']],
    tests: [proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'a key goes to another lane though its turn has begun',
    edits: [
      [
        runtime('counters'),
        'return claim !== NO_CLAIM && Atomics.load(this.#cells, cellOf(claim)) === claim',
        'return claim !== NO_CLAIM',
      ],
      [
        runtime('counters'),
        'return Atomics.compareExchange(this.#cells, cellOf(claim), claim, 0) === claim',
        'return Atomics.exchange(this.#cells, cellOf(claim), 0) !== 0',
      ],
    ],
    tests: ['test/runtime/placement.test.ts', proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'of what is posted of a key, what has not begun is taken back alone',
    edits: [
      [
        runtime('claims'),
        'const isWhole = deliveries.length === key.posted',
        'const isWhole = true',
      ],
    ],
    tests: ['test/runtime/placement.test.ts', proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'what was told to end without a turn does not keep its key on the lane',
    edits: [[runtime('claims'), 'if (!isWhole || !isOld || isKept)', 'if (!isWhole || !isOld)']],
    tests: ['test/runtime/placement.test.ts'],
  },
  {
    line: 'D2',
    name: 'nothing is ever taken back from a lane that computes',
    edits: [
      [
        runtime('recall'),
        'if (first === undefined) return',
        'if (first === undefined || now >= 0) return',
      ],
    ],
    tests: [proof('d2-idle-lane')],
  },
  {
    line: 'D2',
    name: 'a turn that has ended counts as its lane’s burden while its messages are placed',
    edits: [
      [
        runtime('lane-channel'),
        'return this.bound - this.#waiting - this.ended',
        'return this.bound - this.#waiting',
      ],
      [
        runtime('lane-channel'),
        'return this.posted - this.#waiting - this.ended',
        'return this.posted - this.#waiting',
      ],
    ],
    tests: ['test/runtime/placement.test.ts'],
  },
  {
    line: 'D2',
    name: 'free keys go to a lane that computes while another is open',
    edits: [[runtime('lane-choice'), 'if (lane.computes && this.#isSpare) return false', '']],
    tests: ['test/runtime/placement.test.ts'],
  },
  {
    line: 'D6',
    name: 'a key that was taken back goes to another lane without its state',
    edits: [
      [
        runtime('placement'),
        'lane.index, key.domain)\n    key.live = false',
        'lane.index, key.domain)',
      ],
    ],
    tests: ['test/runtime/placement.test.ts', shown('beside-one-that-computes')],
  },
  {
    line: 'D6',
    name: 'a turn that is tried again has lost its claim',
    edits: [
      [runtime('counters'), 'return was === claim || was === -claim', 'return was === claim'],
    ],
    tests: ['test/runtime/counters.test.ts', shown('retry')],
  },
  {
    line: 'D3',
    name: 'payloads are not frozen where they arrive',
    edits: [[runtime('deliver-record'), 'if (!copied) freezeArrived(payload)', '']],
    tests: [proof('d3-confined')],
  },
  {
    line: 'D4',
    name: 'what is in flight is got by subtraction, and a way to end is forgotten',
    edits: [
      [
        runtime('ledger'),
        'return { ...this.#counts, inFlight: this.#live }',
        'const { accepted, handled, deadLettered } = this.#counts\n    return { ...this.#counts, inFlight: accepted - handled - deadLettered }',
      ],
    ],
    tests: [proof('d4-accounted'), proof('d4-cancelled'), 'test/runtime/ledger.test.ts'],
  },
  {
    line: 'D4',
    name: 'a publish is accepted for its first recipient alone',
    edits: [
      [
        runtime('deliveries'),
        'for (const recipient of recipients) this.#admit',
        'for (const recipient of recipients.slice(0, 1)) this.#admit',
      ],
    ],
    tests: [proof('d4-accounted')],
  },
  {
    line: 'D5',
    name: 'a failed turn’s state is carried on',
    edits: [
      [
        runtime('turn-run'),
        '      frame.close()\n      frame.liveState?.discard()\n      throw error\n    }\n    return frame.children',
        '      frame.close()\n      throw error\n    }\n    return frame.children',
      ],
    ],
    tests: [proof('d5-all-or-nothing')],
  },
  {
    line: 'D5',
    name: 'a failed turn’s messages are published',
    edits: [
      [
        runtime('commit-buffer'),
        'else next.failures.push(failureOf(row, run))',
        'else {\n      for (const outgoing of run.root.outbox ?? []) this.#addOutgoing(row, run, outgoing)\n      next.failures.push(failureOf(row, run))\n    }',
      ],
      [
        runtime('intake'),
        'deliveries.settle(delivery, endOf(failure, delivery))\n        continue',
        'deliveries.settle(delivery, endOf(failure, delivery))',
      ],
    ],
    tests: [proof('d5-all-or-nothing')],
  },
  {
    line: 'D5',
    name: 'a turn is acknowledged before it has run',
    edits: [
      [
        runtime('lane'),
        'const outlasts = enter === undefined',
        "run.outcome = 'handled'\n    this.#commit.add(run, false)\n    run.outcome = 'running'\n    this.#flush(clock.now())\n    const outlasts = enter === undefined",
      ],
      [runtime('lane'), 'this.#commit.add(run, this.#timed)', ''],
    ],
    tests: [proof('d6-survives'), proof('d5-all-or-nothing')],
  },
  {
    line: 'D6',
    name: 'what a dead lane had is forgotten',
    edits: [
      [
        runtime('recovery'),
        "delivery.state === 'posted' && delivery.home?.lane === lane.index",
        'delivery.slot < 0',
      ],
    ],
    tests: [proof('d6-replaced')],
  },
  {
    line: 'D6',
    name: 'committed state does not go with the first delivery to a new generation',
    edits: [[runtime('placement'), '...(activates && { activate: key.storedAgents() }),', '']],
    tests: [proof('activation'), proof('d6-survives')],
  },
  {
    line: 'D6',
    name: 'suspects run again all at once',
    edits: [
      [
        runtime('recovery'),
        '...suspects.toSorted((one, other) => waitedLast(one) - waitedLast(other)),',
        '',
      ],
    ],
    tests: [proof('d6-suspects')],
  },
  {
    line: 'D6',
    name: 'who was there at one death is taken for poison',
    edits: [[runtime('recovery'), 'const POISON_DEATHS = 2', 'const POISON_DEATHS = 1']],
    tests: [proof('d6-suspects'), proof('d6-survives')],
  },
  {
    line: 'D6',
    name: 'a suspect that waits is tried before those that it waits for',
    edits: [
      [
        runtime('recovery'),
        'waitedLast(one) - waitedLast(other)',
        'waitedLast(other) - waitedLast(one)',
      ],
    ],
    tests: [shown('alone-in-turn')],
  },
  {
    line: 'D6',
    name: 'a thread that hangs is left alone',
    edits: [[runtime('lane-watch'), 'if (this.#isHung(silentMs, lost))', 'if (silentMs < 0)']],
    tests: [proof('d6-hung')],
  },
  {
    line: 'D6',
    name: 'a lane that dies again and again is replaced for ever',
    edits: [[runtime('fleet'), 'if (deaths > max)', 'if (deaths < 0)']],
    tests: [proof('d6-hung')],
  },
  {
    line: 'D7',
    name: 'a recorded reply is forgotten',
    edits: [[runtime('lane-requests'), 'if (before?.isSame(request))', 'if (before === null)']],
    tests: [shown('asked-once')],
  },
  {
    line: 'D7',
    name: 'a repeated turn gets the recorded reply to whatever it asks',
    edits: [
      [runtime('turn-asker'), 'return isDeepStrictEqual(own.payload, payload)', 'return true'],
    ],
    tests: [shown('asked-once')],
  },
  {
    line: 'D7',
    name: 'an id from outside is not remembered',
    edits: [[runtime('recent-ids'), 'return this.#ids.get(id)?.outcome', 'return undefined']],
    tests: [shown('dead-letters')],
  },
  {
    line: 'D8',
    name: 'the bounds let everything in',
    edits: [
      [
        runtime('bounds'),
        'if (inFlight + recipients.length > bounds.messages)',
        'if (inFlight < 0)',
      ],
    ],
    tests: [proof('d8-bounded')],
  },
  {
    line: 'D8',
    name: 'a task that publishes for ever is not cut',
    edits: [
      [runtime('deliveries'), 'if (depth > taskLimits.depth)', 'if (depth < 0)'],
      [runtime('deliveries'), 'else if (task.total > taskLimits.total)', 'else if (depth < 0)'],
    ],
    tests: [proof('d8-tasks')],
  },
  {
    line: 'D8',
    name: 'a message lives on beyond its time',
    edits: [[runtime('expiries'), 'this.#expire(delivery)', '']],
    tests: [shown('dead-letters')],
  },
  {
    line: 'D9',
    name: 'a request that closes a cycle is not refused',
    edits: [
      [runtime('lane-requests'), 'if (cycle !== undefined) throw', 'if (cycle === null) throw'],
    ],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'a repeated request is not looked at for cycles again',
    edits: [[runtime('turn-asker'), '      assertMayWait()\n', '']],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'waits for named limits don’t count',
    edits: [[runtime('limits'), 'if (cycle !== undefined) return', 'if (cycle === null) return']],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'a limit with another holder that can go on is taken for a cycle',
    edits: [
      [
        runtime('wait-graph'),
        'keysOf(target).some((key) => free.has(key))',
        'keysOf(target).every((key) => free.has(key))',
      ],
    ],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'a deadline never comes',
    edits: [[runtime('deadlines'), '      wait.expire()', '']],
    tests: [proof('d9-no-deadlock')],
  },
  {
    line: 'D9',
    name: 'a turn may take for ever',
    edits: [[runtime('turn-watch'), 'if (!told.isGivenUp) lane.giveUp(delivery)', '']],
    tests: [shown('turn-timeout')],
  },
  {
    line: 'D9',
    name: 'lanes that are drained wait for each other',
    edits: [[runtime('placement'), 'holding.flatMap(', '[lane].flatMap(']],
    tests: [simulated],
  },
  {
    line: 'D9',
    name: 'a lane that is drained while it has suspects lets nothing in',
    edits: [
      [
        runtime('placement'),
        "lane.status !== 'up' && lane.status !== 'draining'",
        "lane.status !== 'up'",
      ],
    ],
    tests: [simulated],
  },
  {
    line: 'D9',
    name: 'a named limit lets one more in',
    edits: [
      [runtime('limits'), 'this.#held.size < this.capacity', 'this.#held.size <= this.capacity'],
    ],
    tests: [simulated],
  },
  {
    line: 'D5',
    name: 'what a turn changed stays when it is made to fail at its end',
    edits: [
      [
        runtime('turn-run'),
        '      frame.liveState?.discard()\n      throw error\n    }\n  }\n\n  #failFrame',
        '      throw error\n    }\n  }\n\n  #failFrame',
      ],
    ],
    tests: [simulated],
  },
  {
    line: 'D10',
    name: 'nobody is told that a key gets nowhere',
    edits: [[runtime('stall-watch'), 'this.#tellStalled(', 'void (']],
    tests: [shown('stalled')],
  },
  {
    line: 'D11',
    name: 'who waits when the runtime stops is left without an answer',
    edits: [
      [
        runtime('deliveries'),
        'delivery.caller?.fail(callerError(delivery, end.reason))',
        "if (end.reason.kind !== 'stopped') delivery.caller?.fail(callerError(delivery, end.reason))",
      ],
    ],
    tests: [proof('d11-clean-stop')],
  },
]
