/**
 * The mutants of the runtime: one for each mechanism that upholds a line of the contract, with the
 * tests that must notice.
 */

/** One deliberate defect of the runtime. */
export interface Mutant {
  /** The line of the contract that it breaks. */
  readonly line: string
  /** A sentence that says what goes wrong. */
  readonly name: string
  /** Replacements of source text. Each `from` must occur exactly once in its file. */
  readonly edits: readonly (readonly [file: string, from: string, to: string])[]
  /** The test files to run. */
  readonly tests: readonly string[]
}

const proof = (name: string) => `test/conformance/${name}.test.ts`
const simulated = 'test/simulation/simulate.test.ts'
const shown = (name: string) => `test/behaviour/${name}.test.ts`

export const MUTANTS: readonly Mutant[] = [
  {
    line: 'D1',
    name: 'a key begins its next turn while one is suspended',
    edits: [
      ['src/lane/mailboxes.ts', "mailbox.held = 'by-turn'\n      if (delivery", 'if (delivery'],
    ],
    tests: [proof('d1-serial')],
  },
  {
    line: 'D1',
    name: 'what a dead lane had goes back in reverse order',
    edits: [
      [
        'src/router/fleet/placement.ts',
        'key.putBack(deliveries)\n      if ((deliveries',
        'key.putBack(deliveries.toReversed())\n      if ((deliveries',
      ],
    ],
    tests: [proof('d6-survives')],
  },
  {
    line: 'D1',
    name: 'a key goes on while a failed turn of it waits to be tried again',
    edits: [
      [
        'src/lane/mailboxes.ts',
        'this.#pauses.set(delivery.slot, { mailbox, delivery, stopTimer })',
        'this.#pauses.set(delivery.slot, { mailbox, delivery, stopTimer })\n    this.release(mailbox)',
      ],
    ],
    tests: [shown('retry')],
  },
  {
    line: 'D1',
    name: 'a key that rests is taken from its lane, which forgets it when it has work again',
    edits: [['src/router/fleet/placement.ts', '|| key.inFlight === 0) continue', ') continue']],
    tests: ['test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D2',
    name: 'one key may fill a lane’s whole credit',
    edits: [
      [
        'src/router/fleet/credit.ts',
        'Math.max(LEAST, this.#deliveries >> 2)',
        'Number.POSITIVE_INFINITY',
      ],
      ['src/router/fleet/placement.ts', 'const ROTATION = 8', 'const ROTATION = 100_000'],
    ],
    tests: [proof('d2-parallel'), 'test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D1',
    name: 'a lane begins what was taken back from it',
    edits: [
      [
        'src/lane/lane.ts',
        'if (!counters.claim(slot, next.delivery.claim))',
        'if (next.delivery.claim < 0)',
      ],
    ],
    tests: [proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'a lane goes on behind a delivery that was taken back, before it has read so',
    edits: [['src/lane/lane.ts', "mailbox.held = 'by-recall'", 'this.#mailboxes.release(mailbox)']],
    tests: [proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'a key goes to another lane though its turn has begun',
    edits: [
      [
        'src/wire/counters.ts',
        'return Atomics.load(this.#cellsOf(slot), placeOf(slot)) !== claim',
        'return false',
      ],
      [
        'src/wire/counters.ts',
        'return Atomics.compareExchange(this.#cellsOf(slot), placeOf(slot), claim, 0) === claim',
        'return Atomics.exchange(this.#cellsOf(slot), placeOf(slot), 0) !== 0',
      ],
    ],
    tests: ['test/router/fleet/placement.test.ts', proof('d6-kill-points')],
  },
  {
    line: 'D1',
    name: 'of what is posted of a key, what has not begun is taken back alone',
    edits: [
      [
        'src/router/fleet/claims.ts',
        'if (first !== undefined && !counters.hasBegun(first.slot, first.claim)) return first',
        'for (const one of key.onLane) if (!counters.hasBegun(one.slot, one.claim)) return one',
      ],
      [
        'src/router/fleet/claims.ts',
        'const deliveries = key.onLane',
        'const deliveries = key.onLane.slice(key.onLane.indexOf(first))',
      ],
    ],
    tests: ['test/router/fleet/claims.test.ts', 'test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D1',
    name: 'what was told to end without a turn does not keep its key on the lane',
    edits: [
      [
        'src/router/fleet/claims.ts',
        'if (this.#kept.size > 0 && deliveries.some((one) => this.#kept.has(one))) continue',
        '',
      ],
    ],
    tests: ['test/router/fleet/claims.test.ts', 'test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D2',
    name: 'a lane begins no turn while 64 of its turns wait',
    edits: [
      [
        'src/lane/lane.ts',
        'while (!this.#turns.isFull && this.#mayBegin())',
        'while (!this.#turns.isFull && this.#turns.running < 64 && this.#mayBegin())',
      ],
    ],
    tests: [proof('d2-parallel')],
  },
  {
    line: 'D2',
    name: 'only the deliveries of the first chunk of cells can be told of',
    edits: [
      [
        'src/router/fleet/lane-channel.ts',
        "if (more !== undefined) handle.post({ kind: 'cells'",
        "if (more === null) handle.post({ kind: 'cells'",
      ],
    ],
    tests: ['test/behaviour/many-waiting.test.ts'],
  },
  {
    line: 'D2',
    name: 'nothing is ever taken back from a lane that computes',
    edits: [
      [
        'src/router/fleet/recall.ts',
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
        'src/router/fleet/lane-channel.ts',
        'return this.#bound - this.#waiting - this.#ended',
        'return this.#bound - this.#waiting',
      ],
      [
        'src/router/fleet/lane-channel.ts',
        'return this.#posted - this.#waiting - this.#ended',
        'return this.#posted - this.#waiting',
      ],
    ],
    tests: ['test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D2',
    name: 'free keys go to a lane that computes while another is open',
    edits: [
      ['src/router/fleet/lane-choice.ts', 'if (lane.computes && this.#isSpare) return false', ''],
    ],
    tests: ['test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D6',
    name: 'a key that was taken back goes to another lane without its state',
    edits: [
      [
        'src/router/fleet/placement.ts',
        'lane.index, key.domain)\n    key.live = false',
        'lane.index, key.domain)',
      ],
    ],
    tests: ['test/router/fleet/placement.test.ts', shown('beside-one-that-computes')],
  },
  {
    line: 'D6',
    name: 'a turn that is tried again has lost its claim',
    edits: [
      ['src/wire/counters.ts', 'return was === claim || was === -claim', 'return was === claim'],
    ],
    tests: ['test/wire/counters.test.ts', shown('retry')],
  },
  {
    line: 'D2',
    name: 'what has ended waits for a turn that is known to hold the thread',
    edits: [
      [
        'src/lane/lane.ts',
        '&& this.#isSlowNext) return',
        '&& !this.#isTimed && this.#isSlowNext) return',
      ],
    ],
    tests: [shown('ended-before-a-slow-turn')],
  },
  {
    line: 'D2',
    name: 'a new key goes where the next long turn is on its way',
    edits: [
      [
        'src/router/fleet/lane-choice.ts',
        'if (one.isSlow !== other.isSlow) return other.isSlow\n',
        '',
      ],
    ],
    tests: ['test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D3',
    name: 'payloads are not frozen where they arrive',
    edits: [['src/wire/deliver-record.ts', 'if (!copied) freezeArrived(payload)', '']],
    tests: [proof('d3-confined')],
  },
  {
    line: 'D3',
    name: 'a view takes its whole buffer along',
    edits: [
      [
        'src/messages/bytes.ts',
        'return new Class(viewedBytes(view))',
        'return structuredClone(view)',
      ],
    ],
    tests: [shown('values')],
  },
  {
    line: 'D3',
    name: 'what a handler does to a nested value after its turn is committed by a later one',
    edits: [
      ['src/state/live-state.ts', 'for (const index of this.#touched) this.#letGo(index)', ''],
    ],
    tests: [shown('values')],
  },
  {
    line: 'D3',
    name: 'what a handler does to an entry after its turn is committed by a later one',
    edits: [
      [
        'src/state/entries.ts',
        "if (this.kind === 'changeable' || entry.written) this.#letGo(entry)",
        'if (entry.written) this.#letGo(entry)',
      ],
    ],
    tests: [shown('values')],
  },
  {
    line: 'D3',
    name: 'one date leaves the rest of a payload unfrozen',
    edits: [
      [
        'src/lane/turn-run.ts',
        'copied ? handOut(payload) : payload',
        'copied ? structuredClone(payload) : payload',
      ],
    ],
    tests: [shown('values')],
  },
  {
    line: 'D3',
    name: 'all who read a dead letter have the same map',
    edits: [
      [
        'src/router/reports/dead-letters.ts',
        'map(({ letter }) => handOut(letter))',
        'map(({ letter }) => letter)',
      ],
    ],
    tests: [shown('values')],
  },
  {
    line: 'D3',
    name: 'a config stays its caller’s',
    edits: [
      ['src/agents/agent-definition.ts', 'return ownConfig(checked.value)', 'return checked.value'],
    ],
    tests: [shown('values')],
  },
  {
    line: 'D8',
    name: 'a view counts as much as its buffer',
    edits: [
      [
        'src/messages/payload.ts',
        'this.bytes += value.byteLength',
        'this.bytes += buffer.byteLength',
      ],
    ],
    tests: ['test/messages/payload.test.ts'],
  },
  {
    line: 'D8',
    name: 'state that is initial again is kept',
    edits: [['src/state/live-state.ts', 'value: isInitial ? null : value', 'value']],
    tests: [shown('values')],
  },
  {
    line: 'D4',
    name: 'what is in flight is got by subtraction, and a way to end is forgotten',
    edits: [
      [
        'src/router/ledger/ledger.ts',
        'return { ...this.#counts, inFlight: this.#live }',
        'const { accepted, handled, deadLettered } = this.#counts\n    return { ...this.#counts, inFlight: accepted - handled - deadLettered }',
      ],
    ],
    tests: [proof('d4-accounted'), proof('d4-cancelled'), 'test/router/ledger/ledger.test.ts'],
  },
  {
    line: 'D4',
    name: 'a publish is accepted for its first recipient alone',
    edits: [
      [
        'src/router/deliveries/deliveries.ts',
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
        'src/lane/turn-run.ts',
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
        'src/lane/commit-buffer.ts',
        'else next.failures.push(failureOf(row, run))',
        'else {\n      for (const outgoing of run.root.outbox ?? []) this.#addOutgoing(row, run, outgoing)\n      next.failures.push(failureOf(row, run))\n    }',
      ],
      [
        'src/router/deliveries/intake.ts',
        'deliveries.settle(delivery, endOf(failure, delivery))\n        lane.rowTaken()\n        continue',
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
        'src/lane/lane.ts',
        'const outlasts = inTurn',
        "run.outcome = 'handled'\n    this.#commit.add({ kind: 'turn', run }, false)\n    run.outcome = 'running'\n    const early = this.#commit.take(() => 0)\n    if (early !== undefined) this.#options.post(early)\n    const outlasts = inTurn",
      ],
      ['src/lane/lane.ts', 'for (const row of rows) this.#commit.add(row, this.#timed)', ''],
    ],
    tests: [proof('d6-survives'), proof('d5-all-or-nothing')],
  },
  {
    line: 'D6',
    name: 'what a dead lane had is forgotten',
    edits: [
      [
        'src/router/deliveries/recovery.ts',
        "delivery.state === 'posted' && delivery.home?.lane === lane.index",
        'delivery.slot < 0',
      ],
    ],
    tests: [proof('d6-replaced')],
  },
  {
    line: 'D6',
    name: 'committed state does not go with the first delivery to a new generation',
    edits: [
      ['src/router/fleet/placement.ts', '...(activates && { activate: key.storedAgents() }),', ''],
    ],
    tests: [proof('activation'), proof('d6-survives')],
  },
  {
    line: 'D6',
    name: 'suspects run again all at once',
    edits: [
      [
        'src/router/deliveries/recovery.ts',
        '...suspects.toSorted((one, other) => waitedLast(one) - waitedLast(other)),',
        '',
      ],
    ],
    tests: [proof('d6-culprits')],
  },
  {
    line: 'D6',
    name: 'who was there at one death is taken for poison',
    edits: [
      ['src/router/deliveries/recovery.ts', 'const POISON_DEATHS = 2', 'const POISON_DEATHS = 1'],
    ],
    tests: [proof('d6-suspects'), proof('d6-survives')],
  },
  {
    line: 'D6',
    name: 'a suspect that waits is tried before those that it waits for',
    edits: [
      [
        'src/router/deliveries/recovery.ts',
        'waitedLast(one) - waitedLast(other)',
        'waitedLast(other) - waitedLast(one)',
      ],
    ],
    tests: [shown('alone-in-turn')],
  },
  {
    line: 'D6',
    name: 'a thread that hangs is left alone',
    edits: [
      [
        'src/router/watches/lane-watch.ts',
        'if (this.#isHung(silentMs, lost))',
        'if (silentMs < 0)',
      ],
    ],
    tests: [proof('d6-hung')],
  },
  {
    line: 'D6',
    name: 'a lane that dies again and again is always replaced',
    edits: [['src/router/fleet/restarts.ts', 'if (deaths > this.#budget.max)', 'if (deaths < 0)']],
    tests: [proof('d6-hung')],
  },
  {
    line: 'D6',
    name: 'a request that fails and that nobody awaits is nobody’s',
    edits: [
      ['src/lane/turn-frame.ts', 'mark === undefined || mark !== currentTurn()', 'mark !== null'],
    ],
    tests: [shown('forgotten-requests')],
  },
  {
    line: 'D7',
    name: 'a recorded reply is forgotten',
    edits: [
      [
        'src/router/deliveries/lane-requests.ts',
        'if (before instanceof TurnRequest && before.isSame(request))',
        'if (before === null)',
      ],
    ],
    tests: [shown('asked-once')],
  },
  {
    line: 'D7',
    name: 'a repeated turn gets the recorded reply to whatever it asks',
    edits: [['src/router/requests/turn-request.ts', 'isSamePayload(own.payload, payload)', 'true']],
    tests: [shown('asked-once')],
  },
  {
    line: 'D7',
    name: 'an id from outside is not remembered',
    edits: [['src/router/entrance/recent-ids.ts', 'return known.outcome', 'return undefined']],
    tests: [shown('dead-letters')],
  },
  {
    line: 'D7',
    name: 'an id from outside stands for any call',
    edits: [
      [
        'src/router/entrance/recent-ids.ts',
        'JSON.stringify([call, made.name, target, id])',
        'id + (call + made.name + target).slice(0, 0)',
      ],
      [
        'src/router/entrance/recent-ids.ts',
        'known.digest !== digestOf(made.payload)',
        'known.digest === id',
      ],
    ],
    tests: [shown('ids-from-outside')],
  },
  {
    line: 'D7',
    name: 'one caller of several who gives up ends the request of them all',
    edits: [
      [
        'src/router/entrance/repeated-calls.ts',
        'if (shared.callers > 0 || !request.caller.isWaiting) return',
        'if (!request.caller.isWaiting) return',
      ],
    ],
    tests: [shown('ids-from-outside')],
  },
  {
    line: 'D7',
    name: 'an id from outside stands for another payload',
    edits: [
      [
        'src/router/entrance/recent-ids.ts',
        'known.digest !== digestOf(made.payload)',
        'known.digest === id',
      ],
    ],
    tests: [shown('ids-from-outside')],
  },
  {
    line: 'D7',
    name: 'what a saved turn waits for is loaded as a delivery of its own',
    edits: [
      [
        'src/router/snapshots/saved-deliveries.ts',
        'if (asking === undefined || one.askedBy === undefined)',
        'if (asking === undefined || one.askedBy !== null)',
      ],
      [
        'src/router/snapshots/saved-deliveries.ts',
        'const { position, chain, deadlineMs } = one.askedBy\n      const own',
        'const { position, chain, deadlineMs } = one.askedBy as never\n      const own',
      ],
    ],
    tests: [shown('saved-in-flight')],
  },
  {
    line: 'D7',
    name: 'what a saved turn was answered is not loaded',
    edits: [['src/router/snapshots/saved-deliveries.ts', 'of one.answers ?? []', 'of []']],
    tests: [shown('saved-in-flight')],
  },
  {
    line: 'D5',
    name: 'a snapshot is taken in the midst of a commit',
    edits: [
      [
        'src/runtime/local-runtime.ts',
        'await undefined // a listener may call it while a commit is only half processed',
        '',
      ],
    ],
    tests: [shown('saved-in-flight')],
  },
  {
    line: 'D8',
    name: 'a key may take all of the runtime’s room',
    edits: [
      ['src/router/gate/bounds.ts', 'const KEY_MESSAGES_PART = 10', 'const KEY_MESSAGES_PART = 1'],
    ],
    tests: ['test/router/gate/gate.test.ts', shown('full-key')],
  },
  {
    line: 'D8',
    name: 'who waits for a full key holds back everybody',
    edits: [
      [
        'src/router/gate/gate.ts',
        'this.#next.pop()\n        this.#queueOf(full.domain).held = place\n        continue',
        'return',
      ],
    ],
    tests: [shown('full-key')],
  },
  {
    line: 'D8',
    name: 'who waits for a full key is not looked at when something of it has settled',
    edits: [
      [
        'src/router/deliveries/deliveries.ts',
        'if (delivery.home !== undefined) gate.freed(delivery.home.domain)',
        '',
      ],
    ],
    tests: [shown('full-key')],
  },
  {
    line: 'D8',
    name: 'a signal does not end the wait for room',
    edits: [
      [
        'src/router/entrance/entrance.ts',
        "signal?.addEventListener('abort', abort, { once: true })",
        '',
      ],
    ],
    tests: [shown('full-key')],
  },
  {
    line: 'D8',
    name: 'a lane’s table of names is never cleared',
    edits: [['src/wire/names.ts', 'if (this.#refs.size >= MAX_NAMES)', 'if (this.#refs.size < 0)']],
    tests: ['test/wire/names.test.ts'],
  },
  {
    line: 'D8',
    name: 'a number of a name is used with the next table',
    edits: [['src/wire/deliver-record.ts', ' || this.#table !== this.#names.table', '']],
    tests: ['test/wire/deliver-record.test.ts'],
  },
  {
    line: 'D9',
    name: 'time judges before what has arrived is taken in',
    edits: [
      [
        'src/judging-clock.ts',
        'clock.soon(() => {\n          if (!isDone) judge()\n        })',
        'if (!isDone) judge()',
      ],
    ],
    tests: ['test/judging-clock.test.ts', shown('busy-main-thread')],
  },
  {
    line: 'D8',
    name: 'the bounds let everything in',
    edits: [
      [
        'src/router/gate/bounds.ts',
        'if (inFlight + recipients.length > bounds.messages)',
        'if (inFlight < 0)',
      ],
    ],
    tests: [proof('d8-bounded')],
  },
  {
    line: 'D8',
    name: 'a task that publishes without end is not cut',
    edits: [
      ['src/router/deliveries/deliveries.ts', 'if (depth > taskLimits.depth)', 'if (depth < 0)'],
      [
        'src/router/deliveries/deliveries.ts',
        'else if (task.total > taskLimits.total)',
        'else if (depth < 0)',
      ],
    ],
    tests: [proof('d8-tasks')],
  },
  {
    line: 'D8',
    name: 'a message lives on beyond its time',
    edits: [['src/router/ledger/expiries.ts', 'this.#expire(delivery)', '']],
    tests: [shown('dead-letters')],
  },
  {
    line: 'D9',
    name: 'a request that closes a cycle is not refused',
    edits: [
      [
        'src/router/deliveries/lane-requests.ts',
        'if (cycle !== undefined) throw',
        'if (cycle === null) throw',
      ],
    ],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'a repeated request is not looked at for cycles again',
    edits: [['src/router/requests/turn-request.ts', '      assertMayWait()\n', '']],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'waits for named limits don’t count',
    edits: [
      [
        'src/router/requests/limits.ts',
        'if (cycle !== undefined) return',
        'if (cycle === null) return',
      ],
    ],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'a limit with another holder that can go on is taken for a cycle',
    edits: [
      [
        'src/router/ledger/wait-graph.ts',
        ': holders.some((key) => free.has(key))',
        ': holders.every((key) => free.has(key))',
      ],
    ],
    tests: [shown('waiting-for-each-other')],
  },
  {
    line: 'D9',
    name: 'a deadline never comes',
    edits: [['src/router/ledger/deadlines.ts', '      wait.expire()', '']],
    tests: [proof('d9-no-deadlock')],
  },
  {
    line: 'D9',
    name: 'a turn may take any time',
    edits: [
      ['src/router/watches/turn-watch.ts', 'if (!told.isGivenUp) lane.giveUpTurn(delivery)', ''],
    ],
    tests: [shown('turn-timeout')],
  },
  {
    line: 'D9',
    name: 'lanes that are drained wait for each other',
    edits: [['src/router/fleet/quarantine.ts', 'holding.flatMap(', '[lane].flatMap(']],
    tests: [simulated],
  },
  {
    line: 'D9',
    name: 'a lane that is drained while it has suspects lets nothing in',
    edits: [
      [
        'src/router/fleet/quarantine.ts',
        "lane.status !== 'up' && lane.status !== 'draining'",
        "lane.status !== 'up'",
      ],
    ],
    tests: ['test/router/fleet/placement.test.ts'],
  },
  {
    line: 'D9',
    name: 'a named limit lets one more in',
    edits: [
      [
        'src/router/requests/limits.ts',
        'this.#held.size < this.capacity',
        'this.#held.size <= this.capacity',
      ],
    ],
    tests: [simulated],
  },
  {
    line: 'D5',
    name: 'what a turn changed stays when it is made to fail at its end',
    edits: [
      [
        'src/lane/turn-run.ts',
        '      frame.liveState?.discard()\n      throw error\n    }\n  }\n\n  #failFrame',
        '      throw error\n    }\n  }\n\n  #failFrame',
      ],
    ],
    tests: [simulated],
  },
  {
    line: 'D10',
    name: 'nobody is told that a key gets nowhere',
    edits: [['src/router/watches/stall-watch.ts', 'this.#tellStalled(', 'void (']],
    tests: [shown('stalled')],
  },
  {
    line: 'D10',
    name: 'nobody is told what goes wrong where nobody listens',
    edits: [
      [
        'src/router/reports/inspection.ts',
        'if (reporter === undefined) return',
        'if (reporter) return',
      ],
    ],
    tests: [shown('reports')],
  },
  {
    line: 'D10',
    name: 'what goes wrong again and again is told each time',
    edits: [
      [
        'src/router/reports/report-rates.ts',
        'sort.left > 0 && this.#lines < MOST_LINES',
        'sort.left > 0',
      ],
    ],
    tests: ['test/router/reports/report-rates.test.ts'],
  },
  {
    line: 'D10',
    name: 'what was only counted is forgotten when the runtime stops',
    edits: [['src/router/router.ts', 'this.#reporter?.flush()', '']],
    tests: [shown('reports')],
  },
  {
    line: 'D10',
    name: 'a task whose messages were dropped ends as completed',
    edits: [['src/router/ledger/task.ts', 'if (task.dropped > 0)', 'if (task.dropped > 1e9)']],
    tests: [shown('tasks')],
  },
  {
    line: 'D4',
    name: 'what a turn publishes does not say which message it came of',
    edits: [['src/router/deliveries/intake.ts', 'parent: delivery.sequence', 'parent: 0']],
    tests: [shown('inspection')],
  },
  {
    line: 'D10',
    name: 'the rejected promise of a listener is nobody’s',
    edits: [
      ['src/router/reports/listeners.ts', 'types.isPromise(outcome)', 'outcome === listener'],
    ],
    tests: ['test/adversarial/broken-listeners.test.ts'],
  },
  {
    line: 'D11',
    name: 'who waits when the runtime stops is left without an answer',
    edits: [
      [
        'src/router/deliveries/deliveries.ts',
        'delivery.caller?.fail(callerError(delivery, end.reason))',
        "if (end.reason.kind !== 'stopped') delivery.caller?.fail(callerError(delivery, end.reason))",
      ],
    ],
    tests: [proof('d11-clean-stop')],
  },
  {
    line: 'D6',
    name: 'a thread that does not come back from loading an agent is waited for',
    edits: [['src/threads/thread-lane.ts', 'ms + LOAD_GRACE_MS, late', '2 ** 30, late']],
    tests: [proof('d11-bounded')],
  },
  {
    line: 'D6',
    name: 'a lane that is replaced counts as sound',
    edits: [
      [
        'src/runtime/stats.ts',
        "status === 'draining')",
        "status === 'draining' || status === 'starting')",
      ],
    ],
    tests: [proof('d11-bounded')],
  },
  {
    line: 'D6',
    name: 'nobody is told that a lane runs other code than the rest',
    edits: [['src/router/fleet/agent-code.ts', 'this.#tell({ ...nameOf(agent), ...on })', '']],
    tests: [shown('changed-code'), 'test/router/fleet/agent-code.test.ts'],
  },
  {
    line: 'D11',
    name: 'a lane that is being replaced lives on after the stop',
    edits: [['src/router/fleet/fleet.ts', '[...open, ...this.#opening]', '[...open]']],
    tests: [proof('d11-process')],
  },
  {
    line: 'D11',
    name: 'the stop waits until a lane is replaced',
    edits: [
      [
        'src/router/fleet/fleet.ts',
        'const problems = await bounded(allOf(handles.map((handle) => handle.close())))',
        'const on = new AbortController().signal\n      while (this.#opening.size > 0) await bounded(pause(this.#clock, 50, on))\n      const problems = await bounded(allOf(handles.map((handle) => handle.close())))',
      ],
    ],
    tests: [proof('d11-bounded')],
  },
  {
    line: 'D11',
    name: 'a dispose that never ends is waited for',
    edits: [
      [
        'src/lane/lane-agents.ts',
        'bounded(untilLate(this.#clock, left, disposed, late))',
        'bounded(untilLate(this.#clock, left + 2 ** 30, disposed, late))',
      ],
    ],
    tests: [proof('d11-bounded')],
  },
  {
    line: 'D11',
    name: 'a dispose that fails is told to nobody',
    edits: [['src/lane/lane-agents.ts', 'else problems.push(problem)', '']],
    tests: [proof('d11-bounded')],
  },
  {
    line: 'D11',
    name: 'what a lane prints goes by the main thread',
    edits: [['src/threads/lane-entry.ts', '  printHere()\n  const', '  const']],
    tests: ['test/adversarial/lanes-that-print.test.ts'],
  },
]
