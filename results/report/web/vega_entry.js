// Of Vega, what the charts beside this file need: esbuild bundles it from Debian's libjs-vega.
import { transforms } from 'vega-dataflow';
import * as encode from 'vega-encode';
import * as basic from 'vega-transforms';
import * as view from 'vega-view-transforms';

Object.assign(transforms, basic, view, encode);

export { expressionFunction } from 'vega-functions';
export { parse } from 'vega-parser';
export { View } from 'vega-view';
