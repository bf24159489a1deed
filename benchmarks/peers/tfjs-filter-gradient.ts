// The WASM backend of TensorFlow.js has no gradient for a convolution's weights, so that no net with one can be trained
// there. It is made here of its own operations, as a user would have to: a convolution of turned operands.
import { rank4Of, type TensorFlow } from "./tfjs-calls.ts";

type TensorInfo = import("@tensorflow/tfjs").TensorInfo;
type Tensor4D = import("@tensorflow/tfjs").Tensor4D;

/** Adds the kernel to the backend that is open, if it lacks it; for stride 1 and a size that is kept. */
export const registerFilterGradient = (tf: TensorFlow): void => {
  const backendName = tf.getBackend();
  if (tf.getKernel("Conv2DBackpropFilter", backendName)) return;
  // A kernel is handed a tensor's data and shape, not the tensor itself.
  const tensorOf = (info: TensorInfo | undefined): Tensor4D => {
    if (info === undefined) throw new Error("the filter's gradient takes images and gradients");
    return rank4Of(tf.engine().makeTensorFromTensorInfo(info));
  };
  tf.registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, filterShape } = attrs ?? {};
      if (pad !== "same" || ![strides].flat().every((stride) => stride === 1) || !Array.isArray(filterShape))
        throw new Error("the filter's gradient is made for stride 1 and a size that is kept");
      const padding = (Number(filterShape[0]) - 1) / 2;
      return tf.tidy(() => {
        const images = tf.transpose(tensorOf(inputs.x), [3, 1, 2, 0]);
        const gradients = tf.transpose(tensorOf(inputs.dy), [1, 2, 0, 3]);
        return tf.transpose(tf.conv2d(images, gradients, 1, padding), [1, 2, 0, 3]);
      });
    },
  });
};
