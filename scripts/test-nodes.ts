/**
 * Runs the tests of the packed tarball on every Node version that heddle supports: the oldest that
 * `engines` allows, and the newest of each release line. The binaries come from the npm registry,
 * as the project's own does, and stay in the machine's temporary folder for the next run.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandOrExit } from '../command-line/program.ts'

commandOrExit({
  command: 'npm run test:nodes --',
  about: 'Runs the tests of the packed tarball on every Node version that heddle supports.',
  options: {},
})

const LINES = ['22', '24', '26']
const ROOT = fileURLToPath(new URL('../', import.meta.url))
const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const oldest = `${engines.node.replace('>=', '')}.0`

const outcomes = [oldest, ...LINES].map((wanted) => {
  const binary = installNode(wanted)
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()
  console.log(`\n${version}`)
  const { status } = spawnSync('npm', ['run', '--silent', 'test:packed'], {
    cwd: ROOT,
    env: { ...process.env, HEDDLE_NODE: binary },
    stdio: 'inherit',
  })
  return { version, passed: status === 0 }
})

console.log(
  `\n${outcomes.map(({ version, passed }) => `${version} ${passed ? 'passed' : 'FAILED'}`).join('\n')}`,
)
if (!outcomes.every(({ passed }) => passed)) process.exitCode = 1

function installNode(wanted: string): string {
  const folder = join(tmpdir(), `heddle-node-${wanted}`)
  mkdirSync(folder, { recursive: true })
  // the package's install script downloads the binary
  const manifest = { private: true, allowScripts: { node: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const args = ['install', '--no-audit', '--no-fund', '--prefix', folder, `node@${wanted}`]
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(folder, 'node_modules/node/bin/node')
}
