/**
 * Writes the API reference to docs/reference, from the docstrings of the package's exports.
 * Warnings are errors: a name without a docstring, a broken link, a type that the public API
 * mentions but does not export.
 */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { commandOrExit } from '../command-line/program.ts'

commandOrExit({
  command: 'npm run reference --',
  about: 'Writes the API reference to docs/reference.',
  options: {},
})

// TypeDoc needs a compiler that is written in JavaScript, which TypeScript 7 no longer is.
registerHooks({
  resolve: (specifier, context, next) => {
    return next(specifier === 'typescript' ? 'typescript-6' : specifier, context)
  },
})
const { Application } = await import('typedoc')

/**
 * Types that appear in public types but that users never write: types for inference, and types that
 * only heddle looks into.
 */
const PRIVATE = [
  'AgentDefinition',
  'AgentSpec',
  'AnyType',
  'Committed',
  'ConfigOf',
  'DefinedAgent',
  'EventSchemas',
  'GivenHeaders',
  'Handled',
  'KillPoint',
  'Lost',
  'McpVersion',
  'NoState',
  'Parameter',
  'PayloadOf',
  'Question',
  'ReplyOf',
  'ResourcesOf',
  'SavedAgents',
  'SavedManager',
  'SchemaInput',
  'SchemaOutput',
  'Schemas',
  'Table',
  'Uses',
]

process.chdir(fileURLToPath(new URL('../', import.meta.url)))
const app = await Application.bootstrap({
  name: 'heddle',
  entryPoints: [
    'src/index.ts',
    'src/agentchat/index.ts',
    'src/ai-sdk/index.ts',
    'src/http/index.ts',
    'src/mcp/index.ts',
    'src/testing/index.ts',
    'src/openai/index.ts',
    'src/tools/index.ts',
  ],
  tsconfig: 'tsconfig.build.json',
  out: 'docs/reference',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  intentionallyNotExported: PRIVATE,
  validation: { invalidLink: true, notDocumented: true, notExported: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  treatWarningsAsErrors: true,
})
const project = await app.convert()
if (project !== undefined) {
  app.validate(project)
  await app.generateOutputs(project)
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
  process.exitCode = 1
}
