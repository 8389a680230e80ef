/** A runtime behind HTTP: the public names of `heddle/http`. */
import '../node-version.ts'

export type { Access, Authorize, Peer } from './guard.ts'
export { type HttpHandler, httpHandler } from './http-handler.ts'
export type { AnyMessageType, AnyRequestType, HttpOptions } from './http-options.ts'
