// What of tfjs-core's op tests Millrace does not pass, and why. The suite fails for an exclusion that passes.
// The file is long because it is one list, with a reason for each.

/** Test files of ops that Millrace has not, by what is wanted. */
export const withoutOp: Readonly<Record<string, readonly string[]>> = {
  "three-dimensional convolution and pooling": ["avg_pool_3d", "max_pool_3d", "conv3d", "conv3d_transpose"],
  "complex tensors, which these tests are written in": [
    "complex_ops",
    "ifft",
    "spectral/fft",
    "spectral/irfft",
    "spectral/rfft",
    "signal/stft",
  ],
  "blocks moved between space, depth and batch": ["batch_to_space_nd", "space_to_batch_nd", "depth_to_space"],
  "slices with a stride": ["strided_slice"],
  "gathering and scattering by index tuples": ["gather_nd", "scatter_nd", "sparse_to_dense", "tensor_scatter_update"],
  "sparse and ragged tensors": [
    "ragged_gather",
    "ragged_range",
    "ragged_tensor_to_tensor",
    "sparse/sparse_fill_empty_rows",
    "sparse/sparse_reshape",
    "sparse/sparse_segment_mean",
    "sparse/sparse_segment_sum",
  ],
  strings: [
    "string/static_regex_replace",
    "string/string_n_grams",
    "string/string_split",
    "string/string_to_hash_bucket_fast",
  ],
  "image functions beyond resizing": [
    "image/crop_and_resize",
    "image/flip_left_right",
    "image/non_max_suppression",
    "image/transform",
    "local_response_normalization",
    "dilation2d",
  ],
  "padding by reflection": ["mirror_pad"],
  "the step function with a slope": ["step"],
  "a diagonal matrix from a vector": ["diag"],
  "the shape that shapes broadcast to, as a tensor": ["broadcast_args"],
  "places of the largest out of pooling (an index there is by image; Millrace keeps it inside)": [
    "max_pool_with_argmax",
  ],
  "samples from a distribution given by tfjs's seed": ["multinomial"],
  "distinct elements along an axis in the order of their appearance (Millrace gives them in order, asynchronously)": [
    "unique",
  ],
};

export interface Exclusion {
  readonly file: string;
  readonly reason: string;
  /** Names with the descriptions around them. */
  readonly cases: readonly string[];
}

export const exclusions: readonly Exclusion[] = [
  {
    file: "clone",
    reason: "Millrace has no tensors of strings.",
    cases: [
      "clone > 1D string dtype",
      "clone > 2D string dtype",
      "clone > 3D string dtype",
      "clone > 4D string dtype",
      "clone > gradient: 1D string throws error with string dy",
      "clone > gradient: 1D string throws error with bool dy",
      "clone > gradient: 1D string throws error with int32 dy",
      "clone > gradient: 1D string works with float32 dy",
    ],
  },
  { file: "concat", reason: "Millrace has no tensors of strings.", cases: ["concat3d > Accepts string tensor."] },
  { file: "equal", reason: "Millrace has no tensors of strings.", cases: ["equal > should support string comparison"] },
  {
    file: "expand_dims",
    reason: "Millrace has no tensors of strings.",
    cases: ["expandDims > 1d string tensor", "expandDims > 2d string tensor, axis=1"],
  },
  {
    file: "fill",
    reason: "Millrace has no tensors of strings.",
    cases: ["fill > 1D fill string", "fill > 2D fill string"],
  },
  {
    file: "greater",
    reason: "Millrace has no tensors of strings.",
    cases: ["greater > should support string comparison"],
  },
  {
    file: "greater_equal",
    reason: "Millrace has no tensors of strings.",
    cases: ["greaterEqual > should support string comparison"],
  },
  { file: "less", reason: "Millrace has no tensors of strings.", cases: ["less > should support string comparison"] },
  {
    file: "less_equal",
    reason: "Millrace has no tensors of strings.",
    cases: ["lessEqual > should support string comparison"],
  },
  {
    file: "not_equal",
    reason: "Millrace has no tensors of strings.",
    cases: ["notEqual > should support string comparison"],
  },
  {
    file: "slice",
    reason: "Millrace has no tensors of strings.",
    cases: [
      "slice  > accepts string > slices 2x2x2 array into 2x1x1 no size.",
      "slice  > accepts string > slices 2x2x2 array into 1x2x2 with scalar begin no size.",
      "slice  > accepts string > slice encoded string.",
    ],
  },
  {
    file: "squeeze",
    reason: "Millrace has no tensors of strings.",
    cases: ["squeeze > default", "squeeze > specific dimension", "squeeze > all ones", "squeeze > squeeze only ones"],
  },
  { file: "stack", reason: "Millrace has no tensors of strings.", cases: ["stack > accepts string."] },
  {
    file: "tile",
    reason: "Millrace has no tensors of strings.",
    cases: ["tile > 1d string tensor", "tile > 2d string tensor", "tile > 6D string tensor"],
  },
  { file: "unstack", reason: "Millrace has no tensors of strings.", cases: ["unstack > accepts string"] },
  {
    file: "abs",
    reason: "Millrace has no complex tensors.",
    cases: [
      "abs > complex64 rank-1",
      "abs > complex64 rank-2",
      "abs > complex64 rank-3",
      "abs > is underflow-safe for complex64",
    ],
  },
  {
    file: "add",
    reason: "Millrace has no complex tensors.",
    cases: [
      "add > complex number addition",
      "add > complex number reshape and then addition",
      "add > complex number broadcasting addition",
      "add > upcasts when dtypes dont match",
    ],
  },
  {
    file: "arithmetic",
    reason: "Millrace has no complex tensors.",
    cases: ["mul > complex number multiplication", "mul > complex number broadcasting multiplication"],
  },
  {
    file: "clone",
    reason: "Millrace has no complex tensors.",
    cases: [
      "clone > 1D complex64 dtype",
      "clone > 2D complex64 dtype",
      "clone > 3D complex64 dtype",
      "clone > 4D complex64 dtype",
    ],
  },
  {
    file: "concat",
    reason: "Millrace has no complex tensors.",
    cases: [
      "concat1d > concat complex input",
      "concat2d > concat complex input axis=0",
      "concat2d > concat complex input axis=1",
      "concat3d > concat complex input axis=0",
      "concat3d > concat complex input axis=1",
    ],
  },
  {
    file: "ones_like",
    reason: "Millrace has no complex tensors.",
    cases: [
      "onesLike > 1D complex dtype",
      "onesLike > 2D complex dtype",
      "onesLike > 3D complex dtype",
      "onesLike > 4D complex dtype",
      "onesLike > 5D complex dtype",
      "onesLike > 6D complex dtype",
    ],
  },
  {
    file: "sub",
    reason: "Millrace has no complex tensors.",
    cases: [
      "sub > complex number subtraction",
      "sub > complex number broadcasting subtraction",
      "sub > upcasts when dtypes dont match",
    ],
  },
  { file: "transpose", reason: "Millrace has no complex tensors.", cases: ["transpose > accepts complex64 input"] },
  {
    file: "arg_max",
    reason: "A NaN counts as the largest and as the smallest, as in NumPy; tfjs passes over it.",
    cases: ["argmax > ignores NaNs"],
  },
  {
    file: "arg_min",
    reason: "A NaN counts as the largest and as the smallest, as in NumPy; tfjs passes over it.",
    cases: ["argmin > ignores NaNs", "argmin > 3D, ignores NaNs"],
  },
  {
    file: "max_pool",
    reason: "A NaN wins a maximum, as in IEEE 754-2019 and PyTorch; tfjs passes over it.",
    cases: ["maxPool > [x=[3,3,1] f=[2,2] s=1 ignores NaNs"],
  },
  {
    file: "sign",
    reason: "The sign of NaN is NaN, as in NumPy and ONNX; tfjs gives 0.",
    cases: ["sign > basic", "sign > does not propagate NaNs", "sign > accepts a tensor-like object"],
  },
  {
    file: "arithmetic",
    reason:
      "tfjs floors the quotient of integers and gives it the slope of the exact quotient; here it is that of the floor, 0.",
    cases: ["div > gradient: Tensor1D with int32", "div > gradient: 1d<int32> with 1d<bool> "],
  },
  {
    file: "avg_pool",
    reason: "Sizes of windows round down, as everywhere but in tfjs and Caffe.",
    cases: [
      "avgPool > x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=round",
      "avgPool > x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=ceil",
    ],
  },
  {
    file: "max_pool",
    reason: "Sizes of windows round down, as everywhere but in tfjs and Caffe.",
    cases: [
      "maxPool > x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=round",
      "maxPool > x=[2,2,3] f=[2,2] s=3 p=1 dimRoundingMode=ceil",
    ],
  },
  {
    file: "pool",
    reason: "Sizes of windows round down, as everywhere but in tfjs and Caffe.",
    cases: [
      "pool > max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=round",
      "pool > max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=ceil",
      "pool > avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=round",
      "pool > avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit dimRoundingMode=ceil",
    ],
  },
  {
    file: "avg_pool",
    reason: "A window over padding alone is refused with a message; tfjs gives -Infinity or NaN.",
    cases: ["avgPool > x=[2,2,3] f=[1,1] s=2 p=1 dimRoundingMode=floor"],
  },
  {
    file: "max_pool",
    reason: "A window over padding alone is refused with a message; tfjs gives -Infinity or NaN.",
    cases: ["maxPool > x=[2,2,3] f=[1,1] s=2 p=1 dimRoundingMode=floor"],
  },
  {
    file: "pool",
    reason: "A window over padding alone is refused with a message; tfjs gives -Infinity or NaN.",
    cases: [
      "pool > max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
      "pool > avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
    ],
  },
  {
    file: "avg_pool",
    reason:
      "tfjs divides the gradient by the whole window where its forward pass divided by the places inside; this is the gradient of the forward pass.",
    cases: ["avgPool > gradient x=[3,3,1] f=[3,3] s=1 p=explicit"],
  },
  {
    file: "batchnorm",
    reason: "Statistics are one a channel; tfjs also takes them in the shape of x.",
    cases: [
      "batchNorm4D > batchnorm4D gradients, same shapes in x, mean and variance",
      "batchNorm3D > batchnorm3D, x,mean,var,offset,scale are all 3D",
      "batchNorm3D > batchnorm3D gradients, same shapes in x, mean and variance",
      "batchNorm2D > batchnorm2D gradients, same shapes in x, mean and variance",
      "batchNorm2D > gradient with clones",
    ],
  },
  {
    file: "max",
    reason:
      "Equals share the gradient of a maximum, so that it adds up to the incoming one; tfjs gives the whole to each.",
    cases: [
      "max > max gradient: 1D, ties",
      "max > max gradient: ties, 2D, axes=-1, keepDims=false",
      "max > max gradient: ties, 3D, axes=[1, 2], keepDims=false",
      "max > max gradient: ties, 4D, axes=[1, 2, 3], keepDims=false",
      "max > max gradient: ties, 4D, axes=[2, 3], keepDims=true",
    ],
  },
  {
    file: "min",
    reason:
      "Equals share the gradient of a maximum, so that it adds up to the incoming one; tfjs gives the whole to each.",
    cases: [
      "min > min gradient: 1D, ties",
      "min > min gradient: ties, 2D, axes=-1, keepDims=false",
      "min > min gradient: ties, 3D, axes=[1, 2], keepDims=false",
      "min > min gradient: ties, 4D, axes=[1, 2, 3], keepDims=false",
      "min > min gradient: ties, 4D, axes=[2, 3], keepDims=true",
    ],
  },
  {
    file: "binary_ops",
    reason: "At equality the two operands share the gradient of a maximum; tfjs gives the whole to each.",
    cases: [
      "maximum > gradients: Tensor1D",
      "maximum > gradients: Tensor2D",
      "minimum > gradients: Tensor1D",
      "minimum > gradients: Tensor2D",
    ],
  },
  {
    file: "relu6",
    reason:
      "The slope of a clip is 1 at its bounds, as in PyTorch and in tfjs's own clipByValue; its relu6 has 0 at 6.",
    cases: ["relu6 > gradients: relu6 array"],
  },
  {
    file: "conv2d_transpose",
    reason:
      'The shapes do not belong together: with stride 1 and padding "same" an input of 8 comes from an image of 8, not 4.',
    cases: ["conv2dTranspose > input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4"],
  },
  {
    file: "depthwise_conv2d",
    reason: "Millrace has the gradient of a dilated convolution, which tfjs refuses.",
    cases: ["depthwiseConv2d gradients > throws error on dilations > 1"],
  },
  {
    file: "einsum",
    reason: "Millrace contracts any number of operands, which tfjs refuses.",
    cases: ["einsum > more than two input tensors throws error"],
  },
  {
    file: "gather",
    reason: "An index out of range gives NaN or 0 and no error: a kernel cannot throw on a GPU.",
    cases: ["gather > throws when index is out of bound"],
  },
  {
    file: "gather",
    reason: "Leading batch axes are the adapter's, put together of gathers; what they refuse is not Millrace's.",
    cases: [
      "gather > throws when batch dims greater than axis",
      "gather > throws when batch dims greater than indices rank",
      "gather > throws when batch dims do not match",
    ],
  },
  {
    file: "slice",
    reason: "Elements are read asynchronously.",
    cases: ["slice  > shallow slicing > delayed sync read of sliced tensor has no mem leak"],
  },
  {
    file: "einsum",
    reason: "Refused as well, in other words.",
    cases: [
      "einsum > 2d matrix calculate trace: duplicate axes not implemented yet",
      "einsum > mismatched dimensions throws error",
      "einsum > incorrect equation throws error",
      "einsum > incorrect number of tensors throws error",
      "einsum > nonexistent dimension throws error",
      "einsum > two arrows in equation throws error",
    ],
  },
  {
    file: "slice",
    reason: "Refused as well, in other words.",
    cases: ["slice  > ergonomics > throws when begin is negative"],
  },
  {
    file: "tan",
    reason: "One unit in the last place beside a pole is 0.002, above the test's absolute bound.",
    cases: ["tan > numbers exceed float32 precision"],
  },
  {
    file: "pool",
    reason:
      "tfjs dilates its pooling by moving blocks from space to batch, which Millrace has not; its own dilation is tested by its contract.",
    cases: [
      "pool > max x=[4,3,1] f=[2,2] s=1 d=2",
      "pool > max x=[2,4,4,1] f=[2,2] s=1 d=2",
      "pool > avg x=[4,4,1] f=[2,2] s=1 d=2",
      "poolBackprop > max gradients x=[3,3,1] f=[2,2] s=1 d=2 no dup max value, test #1",
      "poolBackprop > max gradients x=[3,3,1] f=[2,2] s=1 d=2 no dup max value, test #2",
      "poolBackprop > max gradient x=[3,3,1] f=[2,2] s=1 d=2 dup max value",
      "poolBackprop > avg gradient x=[4,4,1] f=[2,2] s=1 d=2",
    ],
  },
  {
    file: "one_hot",
    reason: "The adapter traces a condition or an index as f32; tfjs's clone then takes it for one.",
    cases: ["oneHot > gradient with clones"],
  },
  {
    file: "where",
    reason: "The adapter traces a condition or an index as f32; tfjs's clone then takes it for one.",
    cases: ["where > gradient with clones"],
  },
  {
    file: "image/resize_nearest_neighbor",
    reason: "tfjs rounds a place between two pixels up; Millrace follows ONNX's default and rounds it down.",
    cases: [
      "resizeNearestNeighbor > simple alignCorners=true",
      "resizeNearestNeighbor > 2x2To1x1 alignCorners=false halfPixelCenters=true",
      "resizeNearestNeighbor > 2x2To3x3 alignCorners=false halfPixelCenters=true",
      "resizeNearestNeighbor > 2x2To2x5 alignCorners=false halfPixelCenters=true",
      "resizeNearestNeighbor > 4x4To3x3 alignCorners=false halfPixelCenters=true",
      "resizeNearestNeighbor > 2x2To5x2 alignCorners=false halfPixelCenters=true",
      "resizeNearestNeighbor > matches tensorflow w/ random numbers alignCorners=true",
      "resizeNearestNeighbor > batch of 2, simple, alignCorners=true",
      "resizeNearestNeighbor gradients > greyscale: upscale, taller than wider, align corners",
      "resizeNearestNeighbor gradients > greyscale: upscale, wider than taller, align corners",
      "resizeNearestNeighbor gradients > greyscale: downscale, taller than wider, align corners",
      "resizeNearestNeighbor gradients > color: upscale, wider than taller, align corners",
      "resizeNearestNeighbor gradients > color: downscale, taller than wider, align corners",
    ],
  },
];
