/** Mutants of the pool of tools: of its threads, its bounds and its locks. */
import type { Mutant } from './mutants.ts'

type Edits = readonly (readonly [file: string, from: string, to: string])[]

function mutant(name: string, edits: Edits, ...tests: readonly string[]): Mutant {
  return { line: 'tools', name, edits, tests: tests.map((one) => `test/tools/${one}.test.ts`) }
}

const POOL = 'src/tools/tool-pool.ts'
const THREAD = 'src/tools/pool-thread.ts'
const LOCKS = 'src/tools/tool-locks.ts'
const CALLS = 'src/router/requests/main-calls.ts'

export const TOOL_MUTANTS: readonly Mutant[] = [
  mutant(
    'a tool that goes on after an abort keeps its thread',
    [[POOL, 'one.stopTimer = clock.after(graceMs, () => thread?.kill())', 'void [clock, graceMs]']],
    'tool-pool',
  ),
  mutant(
    'an abort does not reach the thread',
    [[POOL, '    thread?.abort(reason)\n', '']],
    'tool-pool',
  ),
  mutant(
    'an abort that overtakes its call is lost',
    [
      [
        'src/tools/tool-thread.ts',
        'if (aborted?.id === id) ending.abort(unpackReason(aborted.reason))',
        '',
      ],
    ],
    'tool-thread',
  ),
  mutant(
    'the time of a tool never ends',
    [[POOL, '      this.#running.get(one)?.kill()\n', '']],
    'pool-deaths',
  ),
  mutant(
    'the time of a tool runs while its module is loaded',
    [[POOL, 'this.#limit(one, LOAD_MS, () => {', 'this.#limit(one, timeoutMs, () => {']],
    'pool-deaths',
  ),
  mutant(
    'what ended a thread is not told from its exit',
    [[THREAD, "this.#worker?.on('error', (error) => this.#fail(error))", '']],
    'pool-deaths',
  ),
  mutant(
    'a result overtakes the progress before it',
    [[THREAD, '    } finally {\n      this.#drain()\n', '    } finally {\n']],
    'tool-pool',
  ),
  mutant(
    'more threads than the cap allows stay, since no idle one makes room',
    [[POOL, 'if (oldest !== undefined) this.#drop(oldest)', 'void oldest']],
    'tool-pool',
  ),
  mutant(
    'an idle thread stays for ever',
    [
      [
        'src/tools/idle-threads.ts',
        'this.#threads.set(thread, afterIdle(this.#clock, this.#idleMs, expire))',
        'this.#threads.set(thread, () => void [afterIdle, expire])',
      ],
    ],
    'tool-pool',
  ),
  mutant(
    'calls run beyond the cap',
    [[POOL, 'if (this.#running.size >= this.#settings.threads) return\n', '']],
    'tool-pool',
  ),
  mutant(
    'the queue has no bound of calls',
    [[POOL, 'const isFull = this.#waiting.size >= calls', 'const isFull = calls < 0']],
    'tool-pool',
  ),
  mutant(
    'the bytes of a call that has left the queue still count',
    [
      [
        POOL,
        'if (this.#waiting.delete(one)) this.#waitingBytes -= one.call.bytes',
        'this.#waiting.delete(one)',
      ],
    ],
    'tool-pool',
  ),
  mutant(
    'calls that come at once count as waiting, though there are threads for them',
    [[POOL, '(this.#goesAtOnce(one) || !(isFull || isBig))', '!(isFull || isBig)']],
    'tool-pool',
  ),
  mutant(
    'a lock is given back when the caller gives up, and not when its tool ends',
    [
      [
        'src/tools/pooled-call.ts',
        '    this.#unlisten?.()\n',
        '    this.#unlisten?.()\n    this.hold?.release()\n',
      ],
    ],
    'tool-locks',
  ),
  mutant(
    'a lock is given back before the thread of a deaf tool has ended',
    [
      [
        POOL,
        '    void thread.exited.then(() => {\n      this.#threads',
        '    one.hold?.release()\n    void thread.exited.then(() => {\n      this.#threads',
      ],
    ],
    'tool-locks',
  ),
  mutant(
    'later calls overtake an exclusive one that waits',
    [
      [
        LOCKS,
        '      ahead.add(mode)\n      if (isBlocked) continue',
        '      if (isBlocked) continue\n      ahead.add(mode)',
      ],
    ],
    'tool-locks',
  ),
  mutant(
    'a call that gives up its wait for a lock stays in the way',
    [
      [
        LOCKS,
        'return holders.delete(entry) || waiters.delete(entry)',
        'return holders.delete(entry)',
      ],
    ],
    'tool-locks',
  ),
  mutant(
    'a call takes a place among those of its tool before it has its key',
    [
      [
        LOCKS,
        '    if (ask.lock === undefined) this.#enterTool(entry)\n    else {',
        '    this.#enterTool(entry)\n    if (ask.lock !== undefined) {',
      ],
    ],
    'tool-locks',
  ),
  mutant(
    'waits for the locks of tools don’t count',
    [[CALLS, 'home && cycleOf(home, this.by, target)', 'undefined as string[] | undefined']],
    'locks-in-turns',
  ),
  mutant(
    'one holder of many that can go on is enough for a call that needs them all gone',
    [
      [
        'src/router/ledger/wait-graph.ts',
        'limit.needsAll === true',
        'limit.needsAll === undefined',
      ],
    ],
    'locks-in-turns',
  ),
  mutant(
    'calls of one turn that share a lock are taken for a cycle',
    [[LOCKS, ' || turn.delivery === own ? []', ' ? []']],
    'locks-in-turns',
  ),
  mutant(
    'a call of the pool is taken for one that may never end',
    [[LOCKS, ' || isTimed === true', '']],
    'locks-in-turns',
  ),
  mutant(
    'a turn that has its lock still waits for it',
    [[LOCKS, '  entry.endWait?.()\n  entry.endWait = undefined\n  entry.events', '  entry.events']],
    'tool-locks',
  ),
  mutant(
    'a call that may not wait for its lock stays in the way',
    [[LOCKS, '      this.#leave(entry)\n      refused', '      refused']],
    'tool-locks',
  ),
  {
    ...mutant('a lock that a turn has counts as what it asks for', [
      [CALLS, 'if (this.#lane.asking.delete(this.#id))', 'if (this.#lane.asking.size < 0)'],
    ]),
    tests: ['test/router/requests/main-calls.test.ts'],
  },
  mutant(
    'a stop leaves its threads',
    [[POOL, '    for (const thread of this.#idle.all) this.#drop(thread)\n', '']],
    'soak',
  ),
  mutant(
    'a signal keeps the listener of a call that has ended',
    [['src/tools/pooled-call.ts', '    this.#unlisten?.()\n', '']],
    'soak',
  ),
  mutant(
    'an idle pool keeps its process alive',
    [
      [
        'src/clock.ts',
        'clock === systemClock ? afterUnheld(ms, run) : clock.after(ms, run)',
        'clock.after(ms, run)',
      ],
    ],
    'module-tool',
  ),
  mutant(
    'a tool of the pool may be defined in the file of the program',
    [
      [
        'src/tools/module-tool.ts',
        '  if (module !== mainModule()) return\n',
        '  if (module !== "") return\n',
      ],
    ],
    'module-tool',
  ),
  mutant(
    'a tool beside its caller gives its lock back while it still runs',
    [
      [
        'src/tools/module-call.ts',
        '    if (!hasBegun) release()\n',
        '    void hasBegun\n    release()\n',
      ],
    ],
    'module-tool',
  ),
  mutant(
    'what the AI SDK aborts goes on',
    [
      [
        'src/tools/sdk-tools.ts',
        'signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])',
        'signal === undefined ? left.signal : left.signal',
      ],
    ],
    'ai-sdk',
  ),
  mutant(
    'a result of a thread keeps its functions until it can not be cloned',
    [
      [
        'src/tools/tool-thread.ts',
        "import { sealPayload } from '../messages/payload.ts'\n",
        'const sealPayload = (value: unknown, _: string) => ({ value })\n',
      ],
    ],
    'pool-deaths',
  ),
  mutant(
    'a lane tells what it gives back after what it asks for',
    [
      [
        'src/lane/open-requests.ts',
        "    if (this.#abandoned.length > 0) records.push({ kind: 'abandon', ids: this.#abandoned })\n",
        '',
      ],
      [
        'src/lane/open-requests.ts',
        '    this.#released = []\n    this.#unsent',
        "    if (this.#abandoned.length > 0) records.push({ kind: 'abandon', ids: this.#abandoned })\n    this.#released = []\n    this.#unsent",
      ],
    ],
    'locks-in-turns',
  ),
  mutant(
    'what a tool left behind ends the call that runs by then',
    [
      [
        'src/tools/left-behind.ts',
        'if (mark?.hasEnded === true) left(mark.tool, error)',
        'if (mark === undefined) left("", error)',
      ],
    ],
    'pool-deaths',
  ),
  mutant(
    'a tool that exits later ends the call that runs by then',
    [
      [
        'src/tools/left-behind.ts',
        'if (mark?.hasEnded !== true) return exit(code)',
        'if (mark !== undefined) return exit(code)',
      ],
    ],
    'pool-deaths',
  ),
  mutant(
    'a thread on which something was left behind is used again',
    [
      [
        'src/tools/pool-thread.ts',
        "    if (message.kind === 'left') {\n      this.#hasFailed = true\n",
        "    if (message.kind === 'left') {\n",
      ],
      [POOL, 'if (this.#idle.has(thread)) this.#drop(thread)', 'void thread'],
    ],
    'pool-deaths',
  ),
  mutant(
    'a tool may flood the main thread with its progress',
    [['src/tools/paced-progress.ts', '< MOST_UNDER_WAY) return', '< MOST_UNDER_WAY * 1e6) return']],
    'tool-pool',
  ),
  mutant(
    'the last value that a tool shows is lost',
    [['src/tools/tool-thread.ts', '    paced?.flush()\n', '']],
    'tool-pool',
  ),
  mutant(
    'a value that there was no room for waits for the next one',
    [
      [
        'src/tools/paced-progress.ts',
        '      this.#stopTimer = undefined\n      this.#postIfRoom()\n',
        '      this.#stopTimer = undefined\n',
      ],
    ],
    'tool-pool',
  ),
  mutant(
    'of two tools of one name, one is run for the other',
    [['src/tools/tool-definition.ts', 'if (new Set(found).size > 1) {', 'if (found.length < 0) {']],
    'pool-deaths',
  ),
  mutant(
    'what a tool prints is lost if its thread ends then',
    [
      [
        'src/tools/tool-thread.ts',
        '    await Promise.all([process.stdout, process.stderr].map(written))\n',
        '    void written\n',
      ],
    ],
    'module-tool',
  ),
  mutant(
    'a tool waits for a lock that it holds itself',
    [
      [
        'src/tools/held-locks.ts',
        'if (!one.isOver) all.push(one.ask)',
        'if (one.isOver) all.push(one.ask)',
      ],
    ],
    'module-tool',
  ),
  mutant(
    'a listener that rejects ends the process',
    [['src/tools/progress.ts', 'told.catch((error) => failing.abort(error))', 'void failing']],
    'module-tool',
  ),
  mutant(
    'a key that rejects ends the process',
    [['src/tools/module-call.ts', 'if (types.isPromise(own)) own.catch(() => {})', 'void types']],
    'module-tool',
  ),
  mutant(
    'a thread that could not load a module is used again',
    [
      [
        POOL,
        'thread.hasFailed || isSpoilt) this.#drop',
        'thread.hasFailed || (isSpoilt && false)) this.#drop',
      ],
    ],
    'pool-deaths',
  ),
]
