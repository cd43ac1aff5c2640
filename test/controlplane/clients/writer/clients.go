package main

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
	"sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
	"sigs.k8s.io/mcs-api/pkg/client/clientset/versioned"
)

// client hides which of client-go's clients makes a call. A nil object means that the call returns none.
type client interface {
	create(ctx context.Context, s step, body json.RawMessage) (any, error)
	get(ctx context.Context, s step) (any, error)
	list(ctx context.Context, s step) (any, error)
	update(ctx context.Context, s step, body json.RawMessage) (any, error)
	patch(ctx context.Context, s step, form types.PatchType, body json.RawMessage) (any, error)
	delete(ctx context.Context, s step) error
	deleteCollection(ctx context.Context, s step) error
	watch(ctx context.Context, s step, from string) (watch.Interface, error)
}

func newClients(config *rest.Config) (map[string]client, error) {
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	typed, err := versioned.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	beta := typed.MulticlusterV1beta1()
	alpha := typed.MulticlusterV1alpha1()
	return map[string]client{
		"dynamic":  dynamicCalls{dynamicClient},
		"metadata": metadataCalls{metadataClient},
		"typed": typedCalls[v1beta1.ServiceExport, v1beta1.ServiceExportList]{
			func(namespace string) typedResource[v1beta1.ServiceExport, v1beta1.ServiceExportList] {
				return beta.ServiceExports(namespace)
			},
		},
		"typed-v1alpha1": typedCalls[v1alpha1.ServiceExport, v1alpha1.ServiceExportList]{
			func(namespace string) typedResource[v1alpha1.ServiceExport, v1alpha1.ServiceExportList] {
				return alpha.ServiceExports(namespace)
			},
		},
	}, nil
}

func (s step) resource() schema.GroupVersionResource {
	version := s.Version
	if version == "" {
		version = "v1beta1"
	}
	return schema.GroupVersionResource{Group: "multicluster.x-k8s.io", Version: version, Resource: "serviceexports"}
}

func (s step) watchOptions(from string) metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: s.Selector, ResourceVersion: from}
}

type dynamicCalls struct{ all dynamic.Interface }

func (c dynamicCalls) of(s step) dynamic.ResourceInterface {
	return c.all.Resource(s.resource()).Namespace(s.Namespace)
}

func asUnstructured(body json.RawMessage) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	return object, object.UnmarshalJSON(body)
}

func (c dynamicCalls) create(ctx context.Context, s step, body json.RawMessage) (any, error) {
	object, err := asUnstructured(body)
	if err != nil {
		return nil, err
	}
	return c.of(s).Create(ctx, object, s.createOptions())
}

func (c dynamicCalls) get(ctx context.Context, s step) (any, error) {
	return c.of(s).Get(ctx, s.Name, metav1.GetOptions{})
}

func (c dynamicCalls) list(ctx context.Context, s step) (any, error) {
	return c.of(s).List(ctx, s.listOptions())
}

func (c dynamicCalls) update(ctx context.Context, s step, body json.RawMessage) (any, error) {
	object, err := asUnstructured(body)
	if err != nil {
		return nil, err
	}
	return c.of(s).Update(ctx, object, s.updateOptions())
}

func (c dynamicCalls) patch(ctx context.Context, s step, form types.PatchType, body json.RawMessage) (any, error) {
	if form != types.ApplyPatchType {
		return c.of(s).Patch(ctx, s.Name, form, body, s.patchOptions())
	}
	object, err := asUnstructured(body)
	if err != nil {
		return nil, err
	}
	force := s.Force != nil && *s.Force
	options := metav1.ApplyOptions{DryRun: s.DryRun, FieldManager: s.FieldManager, Force: force}
	return c.of(s).Apply(ctx, s.Name, object, options)
}

func (c dynamicCalls) delete(ctx context.Context, s step) error {
	return c.of(s).Delete(ctx, s.Name, s.deleteOptions())
}

func (c dynamicCalls) deleteCollection(ctx context.Context, s step) error {
	return c.of(s).DeleteCollection(ctx, s.deleteOptions(), s.listOptions())
}

func (c dynamicCalls) watch(ctx context.Context, s step, from string) (watch.Interface, error) {
	return c.of(s).Watch(ctx, s.watchOptions(from))
}

// metadataCalls reads metadata only; that client has no create and no update.
type metadataCalls struct{ all metadata.Interface }

func (c metadataCalls) of(s step) metadata.ResourceInterface {
	return c.all.Resource(s.resource()).Namespace(s.Namespace)
}

func (c metadataCalls) create(context.Context, step, json.RawMessage) (any, error) {
	return nil, fmt.Errorf("the metadata client cannot create")
}

func (c metadataCalls) get(ctx context.Context, s step) (any, error) {
	return c.of(s).Get(ctx, s.Name, metav1.GetOptions{})
}

func (c metadataCalls) list(ctx context.Context, s step) (any, error) {
	return c.of(s).List(ctx, s.listOptions())
}

func (c metadataCalls) update(context.Context, step, json.RawMessage) (any, error) {
	return nil, fmt.Errorf("the metadata client cannot update")
}

func (c metadataCalls) patch(ctx context.Context, s step, form types.PatchType, body json.RawMessage) (any, error) {
	return c.of(s).Patch(ctx, s.Name, form, body, s.patchOptions())
}

func (c metadataCalls) delete(ctx context.Context, s step) error {
	return c.of(s).Delete(ctx, s.Name, s.deleteOptions())
}

func (c metadataCalls) deleteCollection(ctx context.Context, s step) error {
	return c.of(s).DeleteCollection(ctx, s.deleteOptions(), s.listOptions())
}

func (c metadataCalls) watch(ctx context.Context, s step, from string) (watch.Interface, error) {
	return c.of(s).Watch(ctx, s.watchOptions(from))
}

// typedResource is what the generated clients of all versions have in common.
type typedResource[T, L any] interface {
	Create(context.Context, *T, metav1.CreateOptions) (*T, error)
	Update(context.Context, *T, metav1.UpdateOptions) (*T, error)
	Delete(context.Context, string, metav1.DeleteOptions) error
	DeleteCollection(context.Context, metav1.DeleteOptions, metav1.ListOptions) error
	Get(context.Context, string, metav1.GetOptions) (*T, error)
	List(context.Context, metav1.ListOptions) (*L, error)
	Watch(context.Context, metav1.ListOptions) (watch.Interface, error)
	Patch(context.Context, string, types.PatchType, []byte, metav1.PatchOptions, ...string) (*T, error)
}

type typedCalls[T, L any] struct {
	in func(namespace string) typedResource[T, L]
}

func asTyped[T any](body json.RawMessage) (*T, error) {
	object := new(T)
	return object, json.Unmarshal(body, object)
}

func (c typedCalls[T, L]) create(ctx context.Context, s step, body json.RawMessage) (any, error) {
	object, err := asTyped[T](body)
	if err != nil {
		return nil, err
	}
	return c.in(s.Namespace).Create(ctx, object, s.createOptions())
}

func (c typedCalls[T, L]) get(ctx context.Context, s step) (any, error) {
	return c.in(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
}

func (c typedCalls[T, L]) list(ctx context.Context, s step) (any, error) {
	return c.in(s.Namespace).List(ctx, s.listOptions())
}

func (c typedCalls[T, L]) update(ctx context.Context, s step, body json.RawMessage) (any, error) {
	object, err := asTyped[T](body)
	if err != nil {
		return nil, err
	}
	return c.in(s.Namespace).Update(ctx, object, s.updateOptions())
}

func (c typedCalls[T, L]) patch(ctx context.Context, s step, form types.PatchType, body json.RawMessage) (any, error) {
	return c.in(s.Namespace).Patch(ctx, s.Name, form, body, s.patchOptions())
}

func (c typedCalls[T, L]) delete(ctx context.Context, s step) error {
	return c.in(s.Namespace).Delete(ctx, s.Name, s.deleteOptions())
}

func (c typedCalls[T, L]) deleteCollection(ctx context.Context, s step) error {
	return c.in(s.Namespace).DeleteCollection(ctx, s.deleteOptions(), s.listOptions())
}

func (c typedCalls[T, L]) watch(ctx context.Context, s step, from string) (watch.Interface, error) {
	return c.in(s.Namespace).Watch(ctx, s.watchOptions(from))
}
