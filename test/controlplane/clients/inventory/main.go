// Command inventory does with ClusterProfiles what their consumers do: it follows them with a client-go informer, waits
// until a control plane is healthy, builds a connection with the access library of cluster-inventory-api, logs in to the
// member with it, and engages the member anew when the connection changes. It never disengages an unhealthy member.
//
//	inventory -kubeconfig FILE -namespace NAME -providers FILE -listen 127.0.0.1:PORT
//
//	inventory -kubeconfig FILE -namespace NAME -report PROFILE -value TEXT [-conditions]
//
// The second form reports a value of its own in the status of a profile with the typed client, and prints the answer.
//
// GET /dump answers {"synced":bool,"events":n,"members":{"ns/name":{"engagements":n,"events":n,"fingerprint":s,"problem":s}}}.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"sigs.k8s.io/cluster-inventory-api/apis/v1alpha1"
	"sigs.k8s.io/cluster-inventory-api/pkg/access"
)

var profiles = schema.GroupVersionResource{
	Group: "multicluster.x-k8s.io", Version: "v1alpha1", Resource: "clusterprofiles",
}

// Between two looks at a member that is not healthy, or that could not be logged in to.
const requeueInterval = time.Second

// member is what became of one profile.
type member struct {
	Engagements int    `json:"engagements"`
	Events      int    `json:"events"`
	Fingerprint string `json:"fingerprint"`
	Problem     string `json:"problem"`
	engaged     *connection
}

// connection is what of a rest.Config can be compared by value.
type connection struct {
	host   string
	ca     []byte
	args   []string
	config string
}

type consumer struct {
	mu       sync.Mutex
	access   *access.Config
	informer cache.SharedIndexInformer
	queue    workqueue.TypedRateLimitingInterface[string]
	members  map[string]*member
	events   int
}

func (c *consumer) note(object interface{}) {
	key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object)
	if err != nil {
		klog.Fatal(err)
	}
	c.mu.Lock()
	c.events++
	c.member(key).Events++
	c.mu.Unlock()
	c.queue.Add(key)
}

func (c *consumer) member(key string) *member {
	if c.members[key] == nil {
		c.members[key] = &member{}
	}
	return c.members[key]
}

func (c *consumer) work(ctx context.Context) {
	for {
		key, quit := c.queue.Get()
		if quit {
			return
		}
		problem := c.reconcile(ctx, key)
		c.mu.Lock()
		c.member(key).Problem = problem
		c.mu.Unlock()
		c.queue.Done(key)
		if problem != "" {
			c.queue.AddAfter(key, requeueInterval)
		}
	}
}

func (c *consumer) reconcile(ctx context.Context, key string) string {
	item, exists, err := c.informer.GetStore().GetByKey(key)
	if err != nil || !exists {
		return ""
	}
	var profile v1alpha1.ClusterProfile
	content := item.(*unstructured.Unstructured).Object
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &profile); err != nil {
		return err.Error()
	}
	if !isHealthy(&profile) {
		return "not healthy"
	}
	config, err := c.access.BuildConfigFromCP(&profile)
	if err != nil {
		return err.Error()
	}
	wanted := connectionOf(config)
	c.mu.Lock()
	engaged := c.member(key).engaged
	c.mu.Unlock()
	if engaged != nil && reflect.DeepEqual(*engaged, wanted) {
		return ""
	}
	fingerprint, err := login(ctx, config)
	if err != nil {
		return err.Error()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.member(key)
	one.engaged = &wanted
	one.Engagements++
	one.Fingerprint = fingerprint
	return ""
}

func isHealthy(profile *v1alpha1.ClusterProfile) bool {
	for _, condition := range profile.Status.Conditions {
		if condition.Type == v1alpha1.ClusterConditionControlPlaneHealthy {
			return condition.Status == metav1.ConditionTrue
		}
	}
	return false
}

func connectionOf(config *rest.Config) connection {
	exec := ""
	if unknown, ok := config.ExecProvider.Config.(*runtime.Unknown); ok {
		exec = string(unknown.Raw)
	}
	return connection{host: config.Host, ca: config.CAData, args: config.ExecProvider.Args, config: exec}
}

func login(ctx context.Context, config *rest.Config) (string, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", err
	}
	system, err := client.CoreV1().Namespaces().Get(ctx, "kube-system", metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return string(system.UID), nil
}

func (c *consumer) dump(response http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	response.Header().Set("Content-Type", "application/json")
	out := map[string]interface{}{"synced": c.informer.HasSynced(), "events": c.events, "members": c.members}
	if err := json.NewEncoder(response).Encode(out); err != nil {
		klog.Error(err)
	}
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	namespace := flag.String("namespace", "", "namespace of the profiles")
	providers := flag.String("providers", "", "path of the provider file")
	listen := flag.String("listen", "", "loopback address that shows what became of the profiles")
	told := addonState{}
	flag.StringVar(&told.profile, "report", "", "profile in which a value is reported; nothing else is done")
	flag.StringVar(&told.value, "value", "", "the value that is reported")
	flag.BoolVar(&told.withConditions, "conditions", false, "report a condition, too, and send those that were read")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	if told.profile != "" {
		if err := report(context.Background(), config, *namespace, told, os.Stdout); err != nil {
			klog.Fatal(err)
		}
		return
	}
	library, err := access.NewFromFile(*providers)
	if err != nil {
		klog.Fatal(err)
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(dynamic.NewForConfigOrDie(config), 0, *namespace, nil)
	c := &consumer{
		access:   library,
		informer: factory.ForResource(profiles).Informer(),
		queue:    workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
		members:  map[string]*member{},
	}
	if _, err := c.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    c.note,
		UpdateFunc: func(_, current interface{}) { c.note(current) },
		DeleteFunc: c.note,
	}); err != nil {
		klog.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	factory.Start(ctx.Done())
	go c.work(ctx)
	http.HandleFunc("/dump", c.dump)
	server := &http.Server{Addr: *listen}
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			klog.Fatal(err)
		}
	}()
	<-ctx.Done()
	c.queue.ShutDown()
	_ = server.Close()
}
