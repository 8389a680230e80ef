/**
 * 83 agents talk at once; three of them have a tool that computes, and one has a tool that never
 * ends. Once with the tools beside the agents, on one event loop, as most programs have it; and
 * once with the agents on two lanes and the tools in the pool.
 */
import 'heddle' // first: it says which Node is needed
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { PATIENCE_MS, QUESTIONS, SEARCHED, TALKERS } from './load.ts'
import { Watch, type Watched } from './watch.ts'

const AGENTS = TALKERS + SEARCHED.length + 1
const ANSWERS = TALKERS * QUESTIONS + SEARCHED.length + 1

const server = fork(new URL('./server.ts', import.meta.url))
try {
  const [url] = await once(server, 'message')
  console.log(`${AGENTS} agents: ${SEARCHED.length} have a tool that computes, 1 a tool that hangs`)
  report('tools beside the agents, on one event loop', await watched(url, 'beside the agents'))
  report('agents on two lanes, tools in the pool', await watched(url, 'in the pool'))
} finally {
  server.kill()
}

/** Runs the program to its end, or until it is stuck. */
async function watched(url: string, tools: string): Promise<Watched> {
  const env = { ...process.env, OPENAI_BASE_URL: url, OPENAI_API_KEY: 'none', TOOLS: tools }
  const program: ChildProcess = fork(new URL('./program.ts', import.meta.url), { env })
  const watch = new Watch(program)
  const ended = once(program, 'exit')
  try {
    await watch.started
    const patience = new AbortController()
    const silent = watch.silentFor(PATIENCE_MS, patience.signal).then(() => true)
    const isStuck = await Promise.race([ended.then(() => false), silent])
    patience.abort()
    return watch.end(isStuck)
  } finally {
    program.kill('SIGKILL')
    await ended
  }
}

function report(title: string, { beats, gaps, answers, tools, seconds }: Watched): void {
  console.log(`\n${title}`)
  console.log(`  answers                     ${answers} of ${ANSWERS} in ${seconds.toFixed(1)} s`)
  console.log(`  main thread late by, p99    ${ms(beats)}`)
  console.log(`  words late by, p99          ${ms(gaps)}`)
  for (const tool of tools) console.log(`  ${tool}`)
}

function ms(late: number): string {
  return `${Math.round(late).toLocaleString('en-GB')} ms`
}
