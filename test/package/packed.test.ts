/**
 * The published package as users have it: the tarball of `npm pack`, installed in a folder that
 * knows nothing of this project.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { options as bundledByEsbuild } from './program/esbuild-bundled.ts'
import { options as externalToEsbuild } from './program/esbuild-external.ts'
import { options as toolsByEsbuild } from './program/esbuild-tools.ts'
import {
  installPackage,
  type Outcome,
  ROOT,
  runNode,
  runTool,
  type UserFolder,
} from './user-folder.ts'

const zod = JSON.parse(readFileSync(join(ROOT, 'node_modules/zod/package.json'), 'utf8'))
let user: UserFolder
beforeAll(async () => {
  user = await installPackage([`zod@${zod.version}`])
})
afterAll(() => user?.remove())

const BOOKS = ['east', 'north', 'south', 'west']
const SEALED = {
  sealed: BOOKS.flatMap((book) => [`${book} one#1`, `${book} two#2`]),
  seals: 2,
  state: Object.fromEntries(BOOKS.map((book) => [`sealer/${book}`, { seals: '2' }])),
  left: 0,
}

/**
 * `lanes` are those that may have been used: a lane that is slow to wake loses its work to another.
 */
function expectSealed({ code, stdout, stderr }: Outcome, lanes = [0, 1]): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { lanes: used, ...sealed } = JSON.parse(stdout)
  expect(sealed).toEqual(SEALED)
  expect(used).not.toEqual([])
  expect(lanes).toEqual(expect.arrayContaining(used))
}

function expectFailure(outcome: Outcome, ...parts: string[]): void {
  expect(outcome.code).toBe(1)
  for (const part of parts) expect(outcome.stderr).toContain(part)
}

describe('installed', () => {
  test('every subpath can be imported, and has its names', async () => {
    const manifest = join(user.path, 'node_modules/heddle/package.json')
    const subpaths = Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).exports)
    const imports = subpaths.map((subpath) => {
      const options = subpath.endsWith('.json') ? `, { with: { type: 'json' } }` : ''
      return `['${subpath}', Object.keys(await import('heddle${subpath.slice(1)}'${options}))]`
    })
    const script = `console.log(JSON.stringify(Object.fromEntries([${imports.join(', ')}])))`
    const { stdout } = await runNode(user.path, '--input-type=module', '--eval', script)
    expect(JSON.parse(stdout)).toEqual({
      '.': expect.arrayContaining(['ThreadedRuntime', 'defineAgent', 'HeddleError']),
      './agentchat': expect.arrayContaining(['assistantAgent', 'defineTeam', 'graph']),
      // without the package ai, which only the compiler reads
      './ai-sdk': expect.arrayContaining(['aiSdkModel', 'toUIMessageStreamResponse']),
      './testing': expect.arrayContaining(['scriptedModel', 'startSimulated']),
      './openai': expect.arrayContaining(['openaiModel']),
      './http': ['httpHandler'],
      './mcp': ['mcpServer'],
      './tools': expect.arrayContaining(['defineTool', 'startToolPool', 'toolContent']),
      './lane': ['default'],
      './tool-thread': ['default'],
      './package.json': ['default'],
    })
  })

  test('a client whose package is not installed says what to install', async () => {
    const script = [
      "import { openaiModel } from 'heddle/openai'",
      "const model = openaiModel({ model: 'x', baseURL: 'http://127.0.0.1:9/v1' })",
      "await model.create({ messages: [], caller: { key: 'k', call: 0 } })",
    ]
    const outcome = await runNode(user.path, '--input-type=module', '--eval', script.join('\n'))
    expectFailure(outcome, 'HEDDLE_MISSING_PACKAGE', 'npm install openai')
  })

  test.each(["command: 'node'", "url: 'http://127.0.0.1:9/mcp'"])(
    'a server with %s whose package is not installed says what to install',
    async (where) => {
      const script = [
        "import { mcpServer } from 'heddle/mcp'",
        `await mcpServer({ name: 'x', ${where} }).list()`,
      ]
      const outcome = await runNode(user.path, '--input-type=module', '--eval', script.join('\n'))
      const mend = 'npm install @modelcontextprotocol/client'
      expectFailure(outcome, 'HEDDLE_MISSING_PACKAGE', mend)
    },
  )

  test('a threaded program in TypeScript runs as it is', async () => {
    expectSealed(await runNode(user.copyOfProgram('stripped'), 'main.ts'))
  })

  test('a pool of tools runs without any other part of heddle', async () => {
    const outcome = await runNode(user.copyOfProgram('pool'), 'squares.ts')
    expect(outcome).toEqual({ code: 0, stdout: '49\n64\n', stderr: '' })
  })

  test('a threaded program compiles against the published types, and runs', async () => {
    const folder = user.copyOfProgram('typed')
    const types = join(ROOT, 'node_modules/@types')
    await runTool(folder, 'typescript/bin/tsc', '--typeRoots', types)
    expectSealed(await runNode(folder, 'compiled/main.js'))
  })

  test('an agent in the file that Node was started with is refused, before a lane runs that file again', async () => {
    const outcome = await runNode(user.copyOfProgram('one-file'), 'one-file.ts')
    expectFailure(outcome, 'HEDDLE_AGENT_IN_MAIN', "'sealer'", 'module of its own')
    expect(outcome.stdout).toBe('began\n')
  })

  test('an agent in that file may be named by its URL, if lanes only define it', async () => {
    const outcome = await runNode(user.copyOfProgram('one-file-by-url'), 'one-file-by-url.ts')
    expect(outcome).toEqual({ code: 0, stdout: '0\n', stderr: '' })
  })
})

describe('bundled by esbuild', () => {
  async function bundle(name: string, options: BuildOptions): Promise<string> {
    const folder = user.copyOfProgram(name)
    await build({ ...options, absWorkingDir: folder, logLevel: 'silent' })
    return folder
  }

  test('a program runs that leaves heddle outside', async () => {
    const folder = await bundle('esbuild-external', externalToEsbuild)
    expectSealed(await runNode(folder, 'out/main.js'))
  })

  test('a program runs that has heddle inside', async () => {
    const folder = await bundle('esbuild-bundled', bundledByEsbuild)
    expectSealed(await runNode(folder, 'out/main.js'))
  })

  test('a program runs whose chunks share nothing, if it names its agents by their files', async () => {
    const entryPoints = { main: 'main-by-url.ts', 'sealer.agent': 'sealer.agent.ts' }
    const options = { ...externalToEsbuild, splitting: false, entryPoints }
    expectSealed(await runNode(await bundle('esbuild-by-url', options), 'out/main.js'))
  })

  test('a program on one thread runs that is one file', async () => {
    const entryPoints = ['main-single.ts']
    const options = { ...bundledByEsbuild, entryPoints, external: [], splitting: false }
    const folder = await bundle('esbuild-single', options)
    expectSealed(await runNode(folder, 'out/main-single.js'), [0])
  })

  const SQUARED = { code: 0, stdout: '49\n64\n', stderr: '' }

  test('a pool of tools runs that leaves heddle outside', async () => {
    const options = { ...externalToEsbuild, entryPoints: ['squares.ts', 'square.tools.ts'] }
    const folder = await bundle('esbuild-tools-external', options)
    expect(await runNode(folder, 'out/squares.js')).toEqual(SQUARED)
  })

  test('a pool of tools runs that has heddle inside', async () => {
    const folder = await bundle('esbuild-tools', toolsByEsbuild)
    expect(await runNode(folder, 'out/main.js')).toEqual({ ...SQUARED, stdout: '49\n' })
  })

  test('a tool in the program’s one file is told to keep its module apart', async () => {
    const options = { ...externalToEsbuild, entryPoints: ['squares.ts'] }
    const outcome = await runNode(await bundle('esbuild-tools-merged', options), 'out/squares.js')
    expectFailure(outcome, 'HEDDLE_INVALID_TOOL', 'out/squares.js', 'entry point')
  })

  test('tools with heddle inside and no entry for their threads are told what is missing', async () => {
    const entryPoints = ['squares.ts', 'square.tools.ts']
    const options = { ...toolsByEsbuild, entryPoints }
    const outcome = await runNode(await bundle('esbuild-tools-no-entry', options), 'out/squares.js')
    expectFailure(outcome, 'HEDDLE_NO_TOOL_ENTRY', 'workers/tool.js', 'threadEntry')
  })

  test('tools with heddle inside twice are told of the other copy', async () => {
    const { 'tool-thread': entry, ...others } = toolsByEsbuild.entryPoints as {
      [name: string]: string
    }
    const folder = await bundle('esbuild-tools-twice', { ...toolsByEsbuild, entryPoints: others })
    const thread = { ...toolsByEsbuild, entryPoints: { 'tool-thread': entry as string } }
    await build({ ...thread, splitting: false, absWorkingDir: folder, logLevel: 'silent' })
    const outcome = await runNode(folder, 'out/main.js')
    expectFailure(outcome, 'HEDDLE_TOOL_LOAD_FAILED', "tool 'square'", 'another copy')
  })

  test('an agent in CommonJS is told that it has no URL', async () => {
    const entryPoints = ['sealer.agent.ts']
    const outExtension = { '.js': '.cjs' }
    const options = { ...externalToEsbuild, entryPoints, splitting: false, outExtension }
    const folder = await bundle('esbuild-commonjs', { ...options, format: 'cjs' })
    const outcome = await runNode(folder, 'out/sealer.agent.cjs')
    expectFailure(outcome, 'HEDDLE_INVALID_AGENT', 'import.meta.url')
  })

  test('a program in one file is told to keep its agents apart', async () => {
    const options = { ...externalToEsbuild, entryPoints: ['main.ts'] }
    const outcome = await runNode(await bundle('esbuild-merged', options), 'out/main.js')
    expectFailure(outcome, 'HEDDLE_AGENT_IN_MAIN', 'out/main.js', 'entry point')
  })

  test('a program with heddle inside and no entry for lanes is told what is missing', async () => {
    const options = { ...bundledByEsbuild, entryPoints: ['main.ts', 'sealer.agent.ts'] }
    const outcome = await runNode(await bundle('esbuild-no-entry', options), 'out/main.js')
    expectFailure(outcome, 'HEDDLE_NO_LANE_ENTRY', 'workers/lane.js', 'laneEntry')
  })

  test('a program with heddle inside twice is told of both', async () => {
    const entryPoints = {
      ...(bundledByEsbuild.entryPoints as object),
      main: 'main-bundled-by-url.ts',
    }
    const options = { ...bundledByEsbuild, splitting: false, entryPoints }
    const outcome = await runNode(await bundle('esbuild-twice', options), 'out/main.js')
    expectFailure(outcome, 'HEDDLE_TWO_COPIES', 'out/sealer.agent.js', 'out/lane.js')
  })

  test('a program with piscina inside is told that its thread did not start', async () => {
    const js = [
      "import { createRequire } from 'node:module'",
      'const require = createRequire(import.meta.url)',
      'const __dirname = import.meta.dirname',
    ]
    const banner = { js: js.join('\n') }
    const options = { ...bundledByEsbuild, external: [], banner }
    const outcome = await runNode(await bundle('esbuild-piscina', options), 'out/main.js')
    expectFailure(outcome, 'HEDDLE_LANE_START_FAILED', 'worker.js')
  })
})

describe('bundled by Vite', () => {
  async function bundle(name: string, ...args: string[]): Promise<string> {
    const folder = user.copyOfProgram(name)
    await runTool(folder, 'vite/bin/vite.js', 'build', ...args)
    return folder
  }

  test('a program runs that leaves heddle outside', async () => {
    const folder = await bundle('vite-external', '--config', 'vite-external.config.ts')
    expectSealed(await runNode(folder, 'out/main.js'))
  })

  test('a program runs that has heddle inside', async () => {
    const folder = await bundle('vite-bundled', '--config', 'vite-bundled.config.ts')
    expectSealed(await runNode(folder, 'out/main.js'))
  })

  test('a program in one file is told to keep its agents apart', async () => {
    const folder = await bundle('vite-merged', '--ssr', 'main.ts', '--outDir', 'out')
    const outcome = await runNode(folder, 'out/main.js')
    expectFailure(outcome, 'HEDDLE_AGENT_IN_MAIN', 'out/main.js', 'entry point')
  })
})
