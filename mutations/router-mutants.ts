/** The breaks of what the router decides over plain data, each shown by a unit test. */
import type { Mutant } from './mutants.ts'

const unit = (name: string) => `test/router/${name}.test.ts`

const recovery = 'src/router/deliveries/recovery.ts'
const limits = 'src/router/requests/limits.ts'
const fleet = 'src/router/fleet/fleet.ts'
const restarts = 'src/router/fleet/restarts.ts'
const blame = 'src/router/fleet/blame.ts'
const choice = 'src/router/fleet/lane-choice.ts'
const lastKeys = 'src/router/fleet/last-keys.ts'
const recall = 'src/router/fleet/recall.ts'
const gate = 'src/router/gate/gate.ts'
const stallWatch = 'src/router/watches/stall-watch.ts'
const waitGraph = 'src/router/ledger/wait-graph.ts'
const nextPost = 'src/router/fleet/next-post.ts'

export const ROUTER_MUTANTS: readonly Mutant[] = [
  {
    line: 'D6',
    name: 'a cancelled turn is not counted as company when its lane dies',
    edits: [[recovery, 'poisonOf(blamed)', 'poisonOf(again)']],
    tests: [unit('deliveries/recovery-cases'), unit('deliveries/recovery')],
  },
  {
    line: 'D6',
    name: 'a turn is not alone at a death if the lane had turns that it had asked',
    edits: [
      [recovery, '!begun.some((other) => hasAsked(other, delivery))', 'begun.includes(delivery)'],
    ],
    tests: [unit('deliveries/recovery-cases')],
  },
  {
    line: 'D6',
    name: 'a cancelled turn runs again when its lane has died',
    edits: [
      [
        recovery,
        'if (reason !== undefined) deliveries.settle',
        'if (reason === null) deliveries.settle',
      ],
    ],
    tests: [unit('deliveries/recovery-cases')],
  },
  {
    line: 'D6',
    name: 'a turn that had not begun counts the death of its lane as an attempt',
    edits: [[recovery, 'lane.isOpen(delivery) || delivery === culprit', 'delivery.slot >= 0']],
    tests: [unit('deliveries/recovery-cases')],
  },
  {
    line: 'D6',
    name: 'with a known culprit, the other turns are suspects',
    edits: [[recovery, "blame.kind === 'turns' ? begun", "blame.kind !== 'nobody' ? begun"]],
    tests: [unit('deliveries/recovery-cases')],
  },
  {
    line: 'D6',
    name: 'earlier suspects are forgotten at the next death',
    edits: [[recovery, '...before.filter((delivery) => !blamed.includes(delivery)),', '']],
    tests: [unit('deliveries/recovery')],
  },
  {
    line: 'D8',
    name: 'what expired on a lane that died runs after all',
    edits: [
      [recovery, 'else if (!begun.includes(delivery)) deliveries.endIfExpired(delivery)', ''],
    ],
    tests: [unit('deliveries/recovery')],
  },
  {
    line: 'D10',
    name: 'watchers keep the events of a turn that was lost with its lane',
    edits: [
      [
        'src/router/deliveries/deliveries.ts',
        'delivery.attempt++\n    if (delivery.emitted) this.retract(delivery)',
        'delivery.attempt++\n    delivery.emitted = false',
      ],
    ],
    tests: [unit('deliveries/recovery')],
  },
  {
    line: 'D9',
    name: 'a permit that a turn gives back is not granted to the next',
    edits: [[limits, 'if (permits?.delete(permit) !== true || permits.size > 0) return', 'return']],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D9',
    name: 'a turn that gives one of its permits back leaves the limit',
    edits: [
      [
        limits,
        'permits?.delete(permit) !== true || permits.size > 0',
        'permits?.delete(permit) !== true',
      ],
    ],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D9',
    name: 'a turn that waits twice for a named limit gets one permit',
    edits: [
      [
        limits,
        'for (const one of [next, ...((next.asking.permits ?? []) as Iterable<Permit>)])',
        'for (const one of [next])',
      ],
    ],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D9',
    name: 'a turn waits for a named limit that it holds',
    edits: [
      [limits, 'if (limit.isHeldBy(asking)) {', 'if (limit.isHeldBy(asking) && limit.hasRoom) {'],
    ],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D9',
    name: 'a wait for a named limit that was given up keeps its place',
    edits: [
      [limits, 'if (this.#waiting.delete(permit)) return', 'if (this.#waiting.has(permit)) return'],
    ],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D9',
    name: 'the wait for a named limit has no deadline',
    edits: [[limits, 'this.#expire(deadlineMs)\n', '']],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D9',
    name: 'the permits of a lane that died are held on',
    edits: [
      [limits, 'orphan(): void {\n    this.end()', 'orphan(): void {\n    this.#stopTimer()'],
    ],
    tests: [unit('requests/limits')],
  },
  {
    line: 'D6',
    name: 'a lane is up before the agents are on it',
    edits: [[fleet, 'if (preparing === undefined) break\n', 'if (preparing !== null) break\n']],
    tests: [unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'a lane that ends while it starts dies as one that was up',
    edits: [
      [
        fleet,
        'isOpen && !this.#isStopping && lane.generation',
        '!this.#isStopping && lane.generation',
      ],
    ],
    tests: [unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'records of a lane that died count for the lane that replaced it',
    edits: [[fleet, ' && lane.generation === generation\n', '\n']],
    tests: [unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'a replacement that fails to start is tried once',
    edits: [[fleet, 'const START_TRIES = 3', 'const START_TRIES = 1']],
    tests: [unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'a replacement that fails to start is tried again at once',
    edits: [[fleet, 'await bounded(this.#pause(RETRY_MS * tries))\n', '']],
    tests: [unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'a lane that failed to start is left open',
    edits: [[fleet, 'await bounded(handle.close())\n        throw error', 'throw error']],
    tests: [unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'a lane that is opened again has the deaths of before',
    edits: [[fleet, 'this.#restarts.forget(lane)\n', '']],
    tests: [unit('fleet/fleet-ends')],
  },
  {
    line: 'D11',
    name: 'a lane that starts during the stop is up',
    edits: [[fleet, 'if (this.#isStopping) return // `stop` closes it\n', '']],
    tests: [unit('fleet/fleet-ends')],
  },
  {
    line: 'D11',
    name: 'the stop does not wait for a renewed lane that is closing',
    edits: [[fleet, 'await bounded(allOf([...this.#closing]))\n', '']],
    tests: [unit('fleet/fleet-ends')],
  },
  {
    line: 'D11',
    name: 'a lane is replaced after the stop',
    edits: [[fleet, 'tries <= START_TRIES && !this.#isStopping', 'tries <= START_TRIES']],
    tests: [unit('fleet/fleet-ends')],
  },
  {
    line: 'D6',
    name: 'the death at which a condemned turn was suspected stays in the budget',
    edits: [[restarts, 'past.deaths.pop() //', 'void past.deaths //']],
    tests: [unit('fleet/restarts')],
  },
  {
    line: 'D6',
    name: 'deaths count against the restart budget without end',
    edits: [
      [restarts, 'past.deaths.filter((at) => at >= now - this.#budget.withinMs)', 'past.deaths'],
    ],
    tests: [unit('fleet/restarts')],
  },
  {
    line: 'D6',
    name: 'a lane that dies at once is replaced without a pause',
    edits: [[restarts, 'if (past.inVain < 2) return 0', 'if (past.inVain > 0) return 0']],
    tests: [unit('fleet/restarts'), unit('fleet/fleet')],
  },
  {
    line: 'D6',
    name: 'deaths that turns cause do not slow the replacement down',
    edits: [[restarts, 'Math.min(LONGEST_STEP_MS, past.caused * STEP_MS)', '0']],
    tests: [unit('fleet/restarts')],
  },
  {
    line: 'D6',
    name: 'turns are suspected of a death that came from outside',
    edits: [
      [
        blame,
        "if (BLAMELESS.some((code) => isHeddleError(cause, code))) return { kind: 'nobody' }",
        '',
      ],
    ],
    tests: [unit('fleet/blame')],
  },
  {
    line: 'D6',
    name: 'the turn that holds the thread is blamed for every death',
    edits: [
      [
        blame,
        "current !== undefined && isHeddleError(cause, 'HEDDLE_LANE_HUNG')",
        'current !== undefined',
      ],
    ],
    tests: [unit('fleet/blame')],
  },
  {
    line: 'D2',
    name: 'a lane that would soon run dry gets no keys while another has less to do',
    edits: [[choice, 'return isSoonDry(lane) || lane.burden', 'return lane.burden']],
    tests: [unit('fleet/lane-choice')],
  },
  {
    line: 'D6',
    name: 'keys go to a lane with suspects',
    edits: [
      [
        choice,
        'if (lane.room <= 0 || lane.suspects.length > 0) return false',
        'if (lane.room <= 0) return false',
      ],
    ],
    tests: [unit('fleet/lane-choice')],
  },
  {
    line: 'D2',
    name: 'a key stays on a lane that computes while another is open',
    edits: [
      [
        choice,
        'if (isOpen(lane) && !lane.computes) return false',
        'if (isOpen(lane)) return false',
      ],
    ],
    tests: [unit('fleet/lane-choice')],
  },
  {
    line: 'D2',
    name: 'a key whose turn has ended a lane waits as long as other keys come',
    edits: [[lastKeys, '++this.#passed < PASSED', '++this.#passed < 1e9']],
    tests: [unit('fleet/last-keys')],
  },
  {
    line: 'D9',
    name: 'a key whose turn has ended a lane waits though all turns there may wait for it',
    edits: [[lastKeys, ' || (lane.asking.size > 0 && lane.load <= 0)', '']],
    tests: [unit('fleet/last-keys')],
  },
  {
    line: 'D10',
    name: 'a stalled key is reported at every check',
    edits: [[stallWatch, 'for (const key of keys) this.#told.set(key, key.progress)\n', '']],
    tests: [unit('watches/stall-watch')],
  },
  {
    line: 'D10',
    name: 'a stalled key is described by any of its deliveries',
    edits: [
      [
        stallWatch,
        'if (order < (found.get(home)?.order ?? Number.POSITIVE_INFINITY)) found',
        'if (order > 0) found',
      ],
    ],
    tests: [unit('watches/stall-watch')],
  },
  {
    line: 'D10',
    name: 'new listeners are not told which keys are stalled',
    edits: [
      [stallWatch, 'if (this.#toListeners !== inspection.isOn)', 'if (this.#toListeners === null)'],
    ],
    tests: [unit('watches/stall-watch')],
  },
  {
    line: 'D10',
    name: 'a key is hot though no lane is idle',
    edits: [[stallWatch, 'idleLanes === 0 ? undefined', 'idleLanes < 0 ? undefined']],
    tests: [unit('watches/stall-watch')],
  },
  {
    line: 'D10',
    name: 'a stalled key of a closure agent is reported by its domain',
    edits: [[stallWatch, 'key: delivery.key,', 'key: key.domain,']],
    tests: [unit('watches/stall-watch')],
  },
  {
    line: 'D2',
    name: 'a key is taken back as soon as another lane has less to do',
    edits: [
      [recall, 'Math.max(0, first.at + AGE_MS - now)', '0.1'],
      [recall, '(this.#marks[0]?.at ?? now) + AGE_MS <= now', 'this.#marks.length > 0'],
    ],
    tests: [unit('fleet/recall')],
  },
  {
    line: 'D2',
    name: 'a lane that was heard from counts as one that computes',
    edits: [[recall, 'if (wasSilent && lane.load > 0', 'if (wasSilent !== null && lane.load > 0']],
    tests: [unit('fleet/recall')],
  },
  {
    line: 'D2',
    name: 'keys are taken back for a lane that is not open',
    edits: [[recall, 'return isOpen(lane) && !lane.computes', 'return !lane.computes']],
    tests: [unit('fleet/recall')],
  },
  {
    line: 'D8',
    name: 'a message for two keys waits in the queue of the first alone',
    edits: [
      [gate, 'const queues = [...domains].map', 'const queues = [...domains].slice(0, 1).map'],
    ],
    tests: [unit('gate/gate')],
  },
  {
    line: 'D8',
    name: 'who gives up the wait for room holds back those behind',
    edits: [[gate, 'else if (--head.behind === 0) this.#next.push(head)', 'else head.behind--']],
    tests: [unit('gate/gate')],
  },
  {
    line: 'D8',
    name: 'a key that is empty refuses what is larger than its bounds',
    edits: [
      [
        'src/router/gate/bounds.ts',
        'if (key === undefined || key.inFlight === 0) continue',
        'if (key === undefined) continue',
      ],
    ],
    tests: [unit('gate/gate')],
  },
  {
    line: 'D8',
    name: 'who waits for room is let in from a heap that is out of order',
    edits: [
      ['src/router/gate/heap.ts', 'if (this.#isSooner(at, child)) return first', 'return first'],
    ],
    tests: [unit('gate/heap')],
  },
  {
    line: 'D9',
    name: 'a task is taken to end when one of its keys can go on',
    edits: [
      [
        waitGraph,
        'target.keys().every((key) => free.has(key))',
        'target.keys().some((key) => free.has(key))',
      ],
    ],
    tests: [unit('ledger/wait-graph')],
  },
  {
    line: 'D9',
    name: 'a wait for a task is never refused',
    edits: [
      [
        waitGraph,
        "if (target.kind === 'task') return true",
        "if (target.kind === 'task') return false",
      ],
    ],
    tests: [unit('ledger/wait-graph')],
  },
  {
    line: 'D9',
    name: 'a turn that waits for a run is not in the graph of waits',
    edits: [['src/router/requests/task-wait.ts', '  key.beginWait(wait)\n', '']],
    tests: ['test/agentchat/from-a-turn.test.ts'],
  },
  {
    line: 'D4',
    name: 'what a post carries is dropped after it was posted',
    edits: [
      [nextPost, '      this.#cancelled = []\n', ''],
      [
        nextPost,
        "this.#post({ kind: 'cancel', slots, sequences, keys, reasons })",
        "this.#post({ kind: 'cancel', slots, sequences, keys, reasons })\n      this.#cancelled = []",
      ],
    ],
    tests: ['test/behaviour/cancelled-by-a-listener.test.ts'],
  },
]
