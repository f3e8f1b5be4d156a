// Of Vega, what the charts beside this file need: esbuild bundles it from Debian's libjs-vega.
import { transforms } from 'vega-dataflow';
import * as encode from 'vega-encode';
import * as basic from 'vega-transforms';
import * as view from 'vega-view-transforms';

Object.assign(transforms, basic, view, encode);

export { expressionFunction } from 'vega-functions';
// In place of code made from expressions, which the page's policy does not allow.
export { expressionInterpreter } from 'vega-interpreter';
export { parse } from 'vega-parser';
export { View } from 'vega-view';
