/**
 * comlink's adapter for Node's ports. Its types describe a default export where the module itself
 * is the function.
 */
import adapter from 'comlink/dist/umd/node-adapter.js'

export const nodeEndpoint = adapter as unknown as typeof adapter.default
