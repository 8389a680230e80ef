/**
 * Mutants of the connections to MCP servers: of their ends, their time, and what is called once.
 */
import type { Mutant } from './mutants.ts'

type Edits = readonly (readonly [file: string, from: string, to: string])[]

function mutant(name: string, edits: Edits, ...tests: readonly string[]): Mutant {
  return { line: 'MCP', name, edits, tests: tests.map((one) => `test/mcp/${one}.test.ts`) }
}

const CONNECTION = 'src/mcp/connection.ts'
const CALL = 'src/mcp/server-call.ts'
const LINK = 'src/mcp/server-link.ts'
const WATCH = 'src/mcp/transport-watch.ts'

export const MCP_MUTANTS: readonly Mutant[] = [
  mutant(
    'calls go on when their server has died',
    [[CALL, "connection.ending.addEventListener('abort', fail, { once: true })", '']],
    'stdio',
  ),
  mutant(
    'a call of which the stream has ended waits for its answer',
    [[WATCH, 'if (asked?.tag !== undefined) this.#watching.lost(asked.tag)', 'void asked']],
    'http',
  ),
  mutant(
    'a session that the server has forgotten is used again',
    [
      [
        LINK,
        "if (breaksConnection(error)) connection.end({ kind: 'closed', problem: '' })",
        'void breaksConnection',
      ],
    ],
    'http',
  ),
  mutant(
    'a call without an answer waits for ever',
    [
      [
        CALL,
        "let stopTimer = clock.after(limits.timeoutMs, late('timeoutMs'))",
        'let stopTimer = () => {}',
      ],
    ],
    'time',
  ),
  mutant(
    'progress gives a call time without an end',
    [[CALL, "clock.after(limits.maxTimeoutMs, late('maxTimeoutMs'))", '() => {}']],
    'time',
  ),
  mutant(
    'progress gives a call no time',
    [
      [
        CALL,
        "      stopTimer()\n      stopTimer = clock.after(limits.timeoutMs, late('timeoutMs'))\n",
        '',
      ],
    ],
    'time',
  ),
  mutant(
    'a server is not told that a call is cancelled',
    [[CALL, 'signal: ending.signal,\n    timeout', 'timeout']],
    'stdio',
    'http',
  ),
  mutant(
    'a server that answers nothing any more is kept',
    [[CALL, 'if (isOver || connection.inFlight > 1) return', 'if (!isOver) return']],
    'time',
  ),
  mutant(
    'a turn runs again while the call of its last attempt is under way',
    [[CALL, 'host.leaves(letGo(connection, tag, clock).finally(untrack))', 'untrack()']],
    'time',
  ),
  mutant(
    'a server that can not be reached is tried at once, and again and again',
    [[LINK, 'if (this.#connection === undefined && pauseMs > 0) {', 'if (pauseMs < -1e9) {']],
    'stdio',
    'time',
  ),
  mutant(
    'the pause after failures grows without an end',
    [
      [
        LINK,
        'Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS)',
        'FIRST_PAUSE_MS * 2 ** (this.#failures - 1)',
      ],
      [LINK, 'const LONGEST_PAUSE_MS = 30_000\n', ''],
    ],
    'time',
  ),
  mutant(
    'each caller makes a connection of its own',
    [[LINK, 'this.#connection ??= this.#connect()', 'this.#connection = this.#connect()']],
    'stdio',
    'turns',
  ),
  mutant(
    'a connection ends that a runtime may need',
    [
      [LINK, 'if (this.#inFlight > 0 || isInUse()) return', 'if (this.#inFlight > 0) return'],
      [LINK, 'import { isInUse, type PartHost }', 'import type { PartHost }'],
    ],
    'process',
  ),
  mutant(
    'a list that has changed is not read again',
    [[LINK, 'return listChanges > listRead', 'return listChanges > listRead && listRead === 0']],
    'stdio',
    'turns',
  ),
  mutant(
    'a server that can not be reached now takes its tools with it',
    [
      [
        LINK,
        'if (this.#list === undefined || isRefused) throw error',
        'void isRefused\n      throw error',
      ],
    ],
    'http',
  ),
  mutant(
    'a result may have any size',
    [
      [
        LINK,
        'if (sizeOf(result) <= MOST_CHARACTERS) return result',
        'if (sizeOf(result) >= 0) return result',
      ],
    ],
    'http',
  ),
  mutant(
    'an answer to nothing is passed over',
    [[WATCH, "return this.#watching.nonsense('it answered what nobody has asked')", 'return']],
    'stdio',
  ),
  mutant(
    'a server that does not get ready is waited for',
    [[CONNECTION, "connection.end({ kind: 'connect', problem })", 'void problem']],
    'time',
  ),
  mutant(
    'a pattern of a server runs on the main thread',
    [
      [
        'src/mcp/schema-check.ts',
        'inner.getValidator(withoutPatterns(schema))',
        'inner.getValidator(withoutPatterns === undefined ? schema : schema)',
      ],
    ],
    'stdio',
  ),
  mutant(
    'an answer that never ends is read',
    [['src/mcp/transports.ts', 'if (bytes > MOST_BYTES)', 'if (bytes > MOST_BYTES * 1e6)']],
    'http',
  ),
  mutant(
    'arguments that can not cross are sent',
    [
      [
        'src/mcp/mcp-server.ts',
        "if (copied.kind === 'odd') {",
        "if (copied.kind !== 'odd' && tool === '') {",
      ],
    ],
    'stdio',
  ),
  mutant(
    'a server may flood the main thread with its progress',
    [
      [
        LINK,
        '      paced.show(() => {\n        pace.came()\n        host.progress(value)\n      })',
        '      void [paced, pace]\n      host.progress(value)',
      ],
    ],
    'stdio',
  ),
  mutant(
    'the last line of a secret is shown',
    [['src/models/secrets.ts', '[value, ...value.split(/[\\r\\n]+/)]', '[value]']],
    'stdio',
  ),
]
